package kafka

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const hush = "hush-4711"

// printed returns x in every way that programs print things.
func printed(x any) map[string]string {
	all := map[string]string{}
	for _, verb := range "vsqdxXbcoOUeEfFgGtTp" {
		for _, flag := range []string{"", "+", "#", " ", "0", "-12.3"} {
			format := "%" + flag + string(verb)
			all[format] = fmt.Sprintf(format, x)
		}
	}
	all["Sprint"] = fmt.Sprint(x)
	all["%w"] = fmt.Errorf("%v: %w", x, fmt.Errorf("%v", x)).Error()
	b, err := json.Marshal(x)
	all["json"] = fmt.Sprint(string(b), err)
	b, err = xml.Marshal(x)
	all["xml"] = fmt.Sprint(string(b), err)
	var buf bytes.Buffer
	err = gob.NewEncoder(&buf).Encode(x)
	all["gob"] = fmt.Sprint(buf.String(), err)
	buf.Reset()
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	slog.New(slog.NewTextHandler(&buf, options)).Info("x", "x", x, slog.Group("y", "z", x))
	slog.New(slog.NewJSONHandler(&buf, options)).Info("x", "x", x, slog.Group("y", "z", x))
	all["slog"] = buf.String()
	return all
}

// No way of printing shows a password, not even of those who keep a Config in a
// field of their own.
func TestPasswordsStayHidden(t *testing.T) {
	security := Security{SASL: "plain", User: "alice", Password: NewPassword(hush)}
	config := Config{Brokers: []string{"127.0.0.1:1"}, Topic: "orders", Security: security}
	reading := ReadConfig{Brokers: []string{"127.0.0.1:1"}, Topic: "orders", Security: security}
	sink, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	_, refused := New(Config{Security: Security{Password: NewPassword(hush), SASL: "no"}})
	_, unreached := NewReader(t.Context(), reading)
	for name, x := range map[string]any{
		"Password":           security.Password,
		"*Password":          &security.Password,
		"Security":           security,
		"*Security":          &security,
		"Config":             config,
		"*Config":            &config,
		"ReadConfig":         reading,
		"*ReadConfig":        &reading,
		"*Sink":              sink,
		"Sink":               struct{ sink *Sink }{sink},
		"a Config in hiding": struct{ c Config }{config},
		"Configs":            []Config{config},
		"a map of Configs":   map[string]any{"x": &config},
		"an error":           refused,
		"another error":      unreached,
	} {
		for how, text := range printed(x) {
			for _, secret := range []string{hush, fmt.Sprintf("%x", hush), fmt.Sprintf("%X", hush), fmt.Sprint([]byte(hush))} {
				if strings.Contains(text, secret) {
					t.Errorf("%s, %s: %s", name, how, text)
				}
			}
		}
	}
}

func TestPassword(t *testing.T) {
	var none Password
	some := NewPassword(hush)
	if none.Set() || NewPassword("").Set() || !some.Set() {
		t.Error("Set is wrong")
	}
	if NewPassword("") != none {
		t.Error("an empty password is not the zero one")
	}
	if some.Reveal() != hush || none.Reveal() != "" {
		t.Error("the password got lost")
	}
	for _, c := range []struct{ got, want string }{
		{fmt.Sprint(some), "[hidden]"}, {fmt.Sprint(none), ""}, {fmt.Sprintf("%d", some), "[hidden]"},
		{fmt.Sprintf("%+v", Security{User: "alice", Password: some}), "{TLS:false CA: Cert: Key: SASL: User:alice Password:[hidden]}"},
	} {
		if c.got != c.want {
			t.Errorf("it prints as %q, not %q", c.got, c.want)
		}
	}
	b, err := json.Marshal(Security{User: "alice", Password: some})
	if err != nil || !bytes.Contains(b, []byte(`"Password":"[hidden]"`)) {
		t.Errorf("as JSON it is %s, %v", b, err)
	}
}
