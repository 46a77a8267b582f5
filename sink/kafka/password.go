package kafka

import (
	"fmt"
	"io"
	"log/slog"
)

// Password is a secret that no way of printing shows: not fmt with any verb, not
// slog, not encoding/json, not even inside unexported fields of somebody's
// structs. The zero Password is none.
type Password struct{ text *string }

// NewPassword returns the password of that text; "" is none.
func NewPassword(text string) Password {
	if text == "" {
		return Password{}
	}
	return Password{&text}
}

// Set reports whether there is a password.
func (p Password) Set() bool { return p.text != nil }

// String returns "[hidden]", or "" if there is no password.
func (p Password) String() string {
	if p.text == nil {
		return ""
	}
	return "[hidden]"
}

// Format prints String, whatever the verb.
func (p Password) Format(f fmt.State, verb rune) { io.WriteString(f, p.String()) }

// LogValue returns String.
func (p Password) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText returns String: what is written so cannot be read back.
func (p Password) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Reveal returns the text, for a client that needs it. It is the only way to it.
func (p Password) Reveal() string {
	if p.text == nil {
		return ""
	}
	return *p.text
}
