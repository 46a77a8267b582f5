package sink

import "strconv"

// Meter is told what happens while it happens: by a run, by those of its sinks that
// have more to tell, and by readers of what they wrote. A program implements it,
// or takes the adapter for its metrics system, such as package sink/prometheus,
// and gives it to a run in kafkanauts.Config.
//
// It is told of each shard by its number, and of what is merged, all shards as one,
// by -1, as in Batch; a reader's shards are partitions. Calls come from many goroutines at once, about one
// shard mostly from one at a time, and between writes: a slow Meter makes the run
// slow. There are a few calls a batch, none a record; of a paced run, also a few a
// second for each shard, whether or not its sink takes anything. So both methods
// return at once, allocate nothing, and never call the run or a sink.
//
// More counters and gauges may come with later versions: a Meter takes those that
// it does not know too, by their String and Help, or ignores them.
type Meter interface {
	// Add adds n, 0 or more, to a counter of a shard. A run first adds 0 for each
	// of its shards.
	Add(shard int, c Counter, n int64)
	// Set sets a gauge of a shard, which stands until it is set again. One that
	// means nothing for a shard, such as the lag of a run without a schedule, is never set.
	Set(shard int, g Gauge, v float64)
}

// Counter is something that Meter.Add counts.
type Counter uint8

// What is counted.
const (
	CountRecords  Counter = iota // delivered, copies included, as a run's Report counts them: of a sink with transactions, accepted
	CountBytes                   // of those records: their values and a line end each
	CountRetries                 // requests without an answer, and connections that failed: both are tried again
	CountFailures                // records that could not be delivered, or whose fate is unknown
	CountCommits                 // transactions committed
	CountAborts                  // transactions aborted
	CountRestarts                // times a shard was taken up again where its last transaction ended, after an error
	NumCounters   int     = iota
)

// Gauge is something that Meter.Set measures.
type Gauge uint8

// What is measured.
const (
	// GaugeActive is 1 while a run has the shard, and 0 once it has not.
	GaugeActive Gauge = iota
	// GaugeEvent is the event time up to which all is delivered, in Unix seconds.
	GaugeEvent
	// GaugeLag is for how many seconds the oldest record that is not delivered
	// has been due, by the schedule of a paced run; 0: none is due. It grows
	// while a sink blocks. Since a paced run gives its sinks about a tenth of a second
	// at a time, it is up to that on time.
	GaugeLag
	// GaugeBacklog is how many records are due, by the schedule of a paced run, and
	// not delivered: as many as the demand expects in the time between, before
	// damage drops or repeats any. With CountRecords it is what is due until now.
	GaugeBacklog
	// GaugePending is how many records a sink with transactions has accepted
	// and not committed yet.
	GaugePending
	// GaugeUnread is how many offsets of a partition a reader has before it.
	GaugeUnread
	NumGauges int = iota
)

var counters = [NumCounters]struct{ name, help string }{
	{"records", "Records delivered, copies included."},
	{"bytes", "Bytes of the values of the records delivered, and a line end each."},
	{"retries", "Requests without an answer and connections that failed, which are tried again."},
	{"delivery_errors", "Records that could not be delivered, or whose fate is unknown."},
	{"transactions_committed", "Transactions committed."},
	{"transactions_aborted", "Transactions aborted."},
	{"restarts", "Times a shard was taken up again where its last transaction ended, after an error."},
}

var gauges = [NumGauges]struct{ name, help string }{
	{"active", "Whether a run has the shard: 1 or 0."},
	{"event_timestamp_seconds", "Event time up to which all is delivered, in Unix seconds."},
	{"lag_seconds", "Seconds for which the oldest record not delivered has been due."},
	{"backlog_records", "Records that are due and not delivered, as many as the demand expects."},
	{"pending_records", "Records accepted and not committed yet."},
	{"unread_records", "Offsets that a reader of the partition has before it."},
}

// String returns the counter's name: lower case, words joined by underscores, such as
// delivery_errors.
func (c Counter) String() string {
	if int(c) < NumCounters {
		return counters[c].name
	}
	return "counter_" + strconv.Itoa(int(c))
}

// Help says in a sentence what is counted.
func (c Counter) Help() string {
	if int(c) < NumCounters {
		return counters[c].help
	}
	return ""
}

// String returns the gauge's name, which ends with its unit if it has one: lag_seconds.
func (g Gauge) String() string {
	if int(g) < NumGauges {
		return gauges[g].name
	}
	return "gauge_" + strconv.Itoa(int(g))
}

// Help says in a sentence what is measured.
func (g Gauge) Help() string {
	if int(g) < NumGauges {
		return gauges[g].help
	}
	return ""
}
