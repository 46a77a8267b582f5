package kafkanauts

import (
	"context"
	"log/slog"
)

// log returns the Config's Log, or one that discards.
func (s *Stream) log() *slog.Logger {
	if s.cfg.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.cfg.Log
}

// logBegun says that the sinks are open and the first step is about to be made.
func (r *run) logBegun(ctx context.Context) {
	r.log().InfoContext(ctx, "stream begun", "from", unix(r.from), "to", unix(r.to),
		"shards", r.cfg.Shards, "merged", !r.sharded, "speed", r.cfg.Speed, "expected", int64(r.expect))
}

// logFailed says that the sink of a lane has failed, unless that is because the run
// is being ended.
func (r *run) logFailed(ctx context.Context, lane int, err error) {
	if ctx.Err() == nil {
		r.log().ErrorContext(ctx, "sink failed", "shard", r.shard(lane), "err", err)
	}
}

// logEnded says how the run ended.
func (r *run) logEnded(ctx context.Context, rep *Report, err error) {
	attrs := []slog.Attr{slog.Int64("records", rep.Records), slog.Int64("bytes", rep.Bytes), slog.Duration("elapsed", rep.Elapsed)}
	if rep.Lag != (Lag{}) {
		attrs = append(attrs, slog.Duration("lag", rep.Lag.Mean), slog.Duration("lag_max", rep.Lag.Max))
	}
	switch {
	case err == nil:
		r.log().LogAttrs(ctx, slog.LevelInfo, "stream delivered", attrs...)
	case ctx.Err() != nil:
		r.log().LogAttrs(ctx, slog.LevelWarn, "stream stopped", append(attrs, slog.Any("err", err))...)
	default:
		r.log().LogAttrs(ctx, slog.LevelError, "stream failed", append(attrs, slog.Any("err", err))...)
	}
}
