package kafka

import (
	"context"
	"time"
)

// grace is how long what is on its way may take to be acknowledged once nobody
// waits any more: then it is known what the topic holds.
const grace = 2 * time.Second

// patient returns a context that ends a while after ctx does, and the function
// that gives it back.
func patient(ctx context.Context) (context.Context, func()) {
	p, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return p, func() {
		stop()
		cancel()
	}
}
