package demand

import "time"

const (
	secondsADay = 86400
	day         = 24 * time.Hour
)

// wall returns t's wall clock as a time of UTC, where every day has 24 hours
// and every time of day exists.
func wall(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.Add(time.Duration(offset) * time.Second).UTC()
}

// clock returns the date of t's wall clock as days since the first of January
// 1970 and its time as nanoseconds since midnight.
func clock(t time.Time) (date int64, since time.Duration) {
	_, offset := t.Zone()
	s := t.Unix() + int64(offset)
	date = s / secondsADay
	if s -= date * secondsADay; s < 0 {
		date, s = date-1, s+secondsADay
	}
	return date, time.Duration(s)*time.Second + time.Duration(t.Nanosecond())
}

// timeOfDay returns what part of the day has passed on t's wall clock, in [0,1).
func timeOfDay(t time.Time) float64 {
	_, since := clock(t)
	return float64(since) / float64(day)
}

// weekday returns the day of the week of t's wall clock.
func weekday(t time.Time) time.Weekday {
	date, _ := clock(t)
	return time.Weekday(((date+4)%7 + 7) % 7) // the first of January 1970 was a Thursday
}

// pieces cuts from..to at the midnights of from's clock and at its changes, so
// that within a piece the wall clock runs evenly through one day, from x0 to x1
// as parts of the day. It calls f with them in order.
func pieces(from, to time.Time, f func(from, to time.Time, x0, x1 float64)) {
	for from.Before(to) {
		_, since := clock(from)
		end := from.Add(day - since)
		if _, change := from.ZoneBounds(); !change.IsZero() && change.Before(end) {
			end = change
		}
		if to.Before(end) {
			end = to.In(from.Location())
		}
		f(from, end, float64(since)/float64(day), float64(since+end.Sub(from))/float64(day))
		from = end
	}
}
