package kafka

import (
	"context"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kgo"
)

// logger hands what a client logs to a slog.Logger.
type logger struct{ log *slog.Logger }

// Level asks the client for no more than is wanted.
func (l logger) Level() kgo.LogLevel {
	for _, level := range []kgo.LogLevel{kgo.LogLevelDebug, kgo.LogLevelInfo, kgo.LogLevelWarn, kgo.LogLevelError} {
		if l.log.Enabled(context.Background(), severity(level)) {
			return level
		}
	}
	return kgo.LogLevelNone
}

// Log passes one message on; keyvals alternate as slog's do.
func (l logger) Log(level kgo.LogLevel, msg string, keyvals ...any) {
	l.log.Log(context.Background(), severity(level), msg, keyvals...)
}

// severity is what a client's level counts for here: what it does routinely is
// a detail to who uses this package.
func severity(level kgo.LogLevel) slog.Level {
	switch level {
	case kgo.LogLevelError:
		return slog.LevelError
	case kgo.LogLevelWarn:
		return slog.LevelWarn
	case kgo.LogLevelInfo:
		return slog.LevelDebug
	}
	return slog.LevelDebug - 4
}
