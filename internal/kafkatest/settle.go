package kafkatest

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Settle returns once readers of committed records see all of a topic that was committed. Brokers answer the
// end of a transaction before they mark it in the topic: until then a reader finds that the topic
// ends where the transaction begins. It returns an error if ctx ends before that, as it does if a
// transaction stays open.
func Settle(ctx context.Context, cl *kgo.Client, topic string) error {
	adm := kadm.NewClient(cl)
	for {
		ends, err := adm.ListEndOffsets(ctx, topic)
		if err == nil {
			err = ends.Error()
		}
		var stable kadm.ListedOffsets
		if err == nil {
			if stable, err = adm.ListCommittedOffsets(ctx, topic); err == nil {
				err = stable.Error()
			}
		}
		if err != nil {
			return fmt.Errorf("kafkatest: topic %s: %w", topic, err)
		}
		settled := true
		ends.Each(func(o kadm.ListedOffset) {
			seen, ok := stable.Lookup(topic, o.Partition)
			settled = settled && ok && seen.Offset >= o.Offset
		})
		if settled {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("kafkatest: topic %s: a transaction in it is open: %w", topic, ctx.Err())
		case <-time.After(5 * time.Millisecond): // the broker tells nobody
		}
	}
}
