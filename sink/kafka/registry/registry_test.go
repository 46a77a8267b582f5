package registry

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// subject is one in the real registry that no other test has.
type subject struct {
	t *testing.T
	Config
	cl *sr.Client
}

func newSubject(t *testing.T) *subject {
	t.Helper()
	r := kafkatest.Registry(t)
	cl, err := sr.NewClient(sr.URLs(r.URL))
	if err != nil {
		t.Fatal(err)
	}
	return &subject{t, Config{URL: r.URL, Topic: r.Topic(t)}, cl}
}

// put registers a schema as somebody else would, and returns its number.
func (s *subject) put(schema string) int {
	s.t.Helper()
	id, err := s.cl.RegisterSchema(s.t.Context(), s.Topic+"-value", sr.Schema{Schema: schema}, -1, -1)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *subject) level(l sr.CompatibilityLevel) {
	s.t.Helper()
	for _, r := range s.cl.SetCompatibility(s.t.Context(), sr.SetCompatibility{Level: l}, s.Topic+"-value") {
		if r.Err != nil {
			s.t.Fatal(r.Err)
		}
	}
}

func (s *subject) versions() []int {
	s.t.Helper()
	v, err := s.cl.SubjectVersions(s.t.Context(), s.Topic+"-value")
	if missing(err) {
		return nil
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// changed returns the schema of typed records with a part replaced.
func changed(t *testing.T, old, by string) string {
	t.Helper()
	s := avro.Encoding{}.Schema()
	if strings.Count(s, old) != 1 {
		t.Fatalf("the schema has %d times %s:\n%s", strings.Count(s, old), old, s)
	}
	return strings.Replace(s, old, by, 1)
}

const (
	qty    = `{"name":"qty","type":"long"`
	coupon = `{"name":"coupon","type":"string","default":""},`
)

func TestRegister(t *testing.T) {
	s := newSubject(t)
	first, err := s.Register(t.Context(), avro.Encoding{})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := s.cl.SchemaByID(t.Context(), int(first.SchemaID))
	if err != nil || kept.Schema != (avro.Encoding{}).Schema() {
		t.Errorf("schema %d is %s, %v", first.SchemaID, kept.Schema, err)
	}
	again, err := s.Register(t.Context(), avro.Encoding{})
	if err != nil || again != first {
		t.Errorf("registered again it is %v, %v, not %v", again, err, first)
	}
	s.ReadOnly = true
	looked, err := s.Register(t.Context(), avro.Encoding{})
	if err != nil || looked != first {
		t.Errorf("looked up it is %v, %v, not %v", looked, err, first)
	}
	if v := s.versions(); !slices.Equal(v, []int{1}) {
		t.Errorf("the subject has versions %v", v)
	}
}

// What is registered in other words is the same schema.
func TestRegisterFindsOtherSpelling(t *testing.T) {
	s := newSubject(t)
	other := strings.ReplaceAll((avro.Encoding{}).Schema(), `"doc":"`, `"doc":"as it was: `)
	other = strings.ReplaceAll(other, `:"boolean"`, ` : { "type" : "boolean" }`)
	want := s.put(other)
	s.level(sr.CompatFullTransitive)
	enc, err := s.Register(t.Context(), avro.Encoding{})
	if err != nil || int(enc.SchemaID) != want {
		t.Errorf("it is %v, %v, not %d", enc, err, want)
	}
	if v := s.versions(); len(v) != 1 {
		t.Errorf("the subject has versions %v", v)
	}
}

// A registry that wants the levels lets a schema develop that keeps to them:
// first that of today, then one with a field more that has a default, then today's again.
func TestRegisterCompatible(t *testing.T) {
	for _, level := range []sr.CompatibilityLevel{sr.CompatBackward, sr.CompatForward, sr.CompatFull, sr.CompatFullTransitive} {
		t.Run(level.String(), func(t *testing.T) {
			s := newSubject(t)
			older := s.put(changed(t, qty, coupon+qty))
			s.level(level)
			enc, err := s.Register(t.Context(), avro.Encoding{})
			if err != nil {
				t.Fatal(err)
			}
			if int(enc.SchemaID) == older || len(s.versions()) != 2 {
				t.Errorf("schema %d after %d, versions %v", enc.SchemaID, older, s.versions())
			}
			newer := s.put(changed(t, qty, coupon+strings.ReplaceAll(coupon, "coupon", "gift")+qty))
			if again, err := s.Register(t.Context(), avro.Encoding{}); err != nil || again != enc || newer == older {
				t.Errorf("after a newer version, it is %v, %v, not %v", again, err, enc)
			}
		})
	}
}

func TestRegisterIncompatible(t *testing.T) {
	for _, c := range []struct {
		level    sr.CompatibilityLevel
		versions []string // that are there
		clashes  int
		want     []string
	}{
		{sr.CompatBackward, []string{changed(t, qty, `{"name":"qty","type":"string"`)}, 1,
			[]string{"qty is string, not long", "not compatible with version 1", "the subject's own level is BACKWARD", "LONG", "STRING"}},
		{sr.CompatForward, []string{changed(t, qty, strings.Replace(coupon, `,"default":""`, "", 1)+qty)}, 1,
			[]string{"coupon (string) is one more", "FORWARD", "/fields/"}},
		{sr.CompatFull, []string{changed(t, qty, coupon+qty), changed(t, `"name":"city"`, `"name":"town"`)}, 2,
			[]string{"city is missing", "town (string) is one more", "version 2", "FULL"}},
		{sr.CompatBackwardTransitive, []string{changed(t, qty, `{"name":"qty","type":"bytes"`), changed(t, qty, coupon+qty)}, 1,
			[]string{"qty is bytes, not long", "version 1", "BACKWARD_TRANSITIVE"}},
	} {
		t.Run(c.level.String(), func(t *testing.T) {
			s := newSubject(t)
			for _, v := range c.versions {
				s.put(v)
			}
			s.level(c.level)
			enc, err := s.Register(t.Context(), avro.Encoding{})
			var refused *IncompatibleError
			if !errors.As(err, &refused) || enc.SchemaID != 0 {
				t.Fatalf("it is %v, %v", enc, err)
			}
			if refused.Subject != s.Topic+"-value" || refused.Level != c.level.String() || refused.Global || refused.Version != c.clashes || refused.Reason == "" {
				t.Errorf("it is %+v", refused)
			}
			t.Log(err)
			for _, want := range append(c.want, s.Topic+"-value", s.URL, "no record was written", "NONE") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in it: %v", want, err)
				}
			}
			if v := s.versions(); len(v) != len(c.versions) {
				t.Errorf("the subject has versions %v", v)
			}
		})
	}
}

func TestRegisterIncompatibleUnderNone(t *testing.T) {
	s := newSubject(t)
	other := s.put(changed(t, qty, `{"name":"qty","type":"string"`))
	s.level(sr.CompatNone)
	enc, err := s.Register(t.Context(), avro.Encoding{})
	if err != nil || enc.SchemaID == 0 || int(enc.SchemaID) == other {
		t.Errorf("it is %v, %v", enc, err)
	}
}

// The registry's own level counts where a subject has none.
func TestRegisterUnderTheRegistrysLevel(t *testing.T) {
	r, err := kafkatest.StartRegistry() // alone, since others' subjects stand under its level too
	if errors.Is(err, kafkatest.ErrUnavailable) {
		kafkatest.Registry(t) // leaves the test out
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
	})
	cl, err := sr.NewClient(sr.URLs(r.URL))
	if err != nil {
		t.Fatal(err)
	}
	s := &subject{t, Config{URL: r.URL, Topic: "orders"}, cl}
	s.put(changed(t, qty, `{"name":"qty","type":"string"`))
	for _, r := range cl.SetCompatibility(t.Context(), sr.SetCompatibility{Level: sr.CompatBackward}) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	_, err = s.Register(t.Context(), avro.Encoding{})
	var refused *IncompatibleError
	if !errors.As(err, &refused) || !refused.Global || refused.Level != "BACKWARD" || !strings.Contains(err.Error(), "the registry's level is BACKWARD") {
		t.Errorf("it is %v", err)
	}
}

func TestReadOnly(t *testing.T) {
	s := newSubject(t)
	s.ReadOnly = true
	var none *UnregisteredError
	if _, err := s.Register(t.Context(), avro.Encoding{}); !errors.As(err, &none) || none.Version != 0 || !strings.Contains(err.Error(), "nothing is registered") {
		t.Errorf("without any version: %v", err)
	}
	s.put(changed(t, qty, coupon+qty))
	_, err := s.Register(t.Context(), avro.Encoding{})
	if !errors.As(err, &none) || none.Version != 1 || !strings.Contains(err.Error(), "of version 1, the latest, coupon (string) is one more") {
		t.Errorf("with another: %v", err)
	}
	if v := s.versions(); len(v) != 1 {
		t.Errorf("the subject has versions %v", v)
	}
}

var some = order.Order{ID: 1, CustomerID: 2, CustomerName: "Zoë", ProductID: 3, ProductName: "Tea", Category: "Grocery",
	Payment: order.Payments[0], Qty: 4, Price: 599, Country: "Japan", City: "大阪", Site: "a.example", TxnID: 5, Success: true}

func TestDecoder(t *testing.T) {
	s := newSubject(t)
	typed, err := s.Register(t.Context(), avro.Encoding{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDecoder(t.Context(), s.Config)
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.Register(t.Context(), avro.Encoding{Text: true}) // later: it is to be learnt
	if err != nil {
		t.Fatal(err)
	}
	foreign := uint32(s.put(changed(t, qty, coupon+qty)))
	o := some
	if o.SetText(order.Time, "2022-01-31T00:00:01") != 0 {
		t.Fatal("no time")
	}
	for _, enc := range []avro.Encoding{typed, text} {
		value := enc.Append(nil, &o, nil)
		if err := d.Learn(t.Context(), value); err != nil {
			t.Fatal(err)
		}
		var got order.Order
		if err := d.Parse(&got, value, nil); err != nil || got != o {
			t.Errorf("%v: %v, %+v", enc, err, got)
		}
	}
	for _, c := range []struct {
		value string
		want  order.Cause
	}{
		{"", order.NoFrame},
		{"\x00\x00\x00\x01", order.NoFrame},
		{"1|2|Zoë", order.NoFrame},
		{"\x00\x00\x00\x00\x00abc", order.UnknownSchema},
		{"\x00\x7f\xff\xff\xffabc", order.UnknownSchema},
		{"\x00\xff\xff\xff\xffabc", order.UnknownSchema},
		{string(typed.Append(nil, &o, nil)[:9]), 0},
	} {
		if err := d.Learn(t.Context(), []byte(c.value)); err != nil {
			t.Errorf("%q: %v", c.value, err)
		}
		var got order.Order
		var wrong *order.ParseError
		if err := d.Parse(&got, []byte(c.value), nil); !errors.As(err, &wrong) || wrong.Record != c.want {
			t.Errorf("%q: %v", c.value, err)
		}
	}
	value := avro.Encoding{SchemaID: foreign}.Append(nil, &o, nil)
	for range 2 {
		var other *SchemaError
		if err := d.Learn(t.Context(), value); !errors.As(err, &other) || other.ID != foreign || !strings.Contains(err.Error(), "coupon (string) is one more") {
			t.Errorf("another schema: %v", err)
		}
	}
}

func TestDecoderWithoutVersion(t *testing.T) {
	s := newSubject(t)
	var none *UnregisteredError
	if _, err := NewDecoder(t.Context(), s.Config); !errors.As(err, &none) || none.Version != 0 {
		t.Errorf("without any version: %v", err)
	}
	s.put(strings.Replace((avro.Encoding{Text: true}).Schema(), qty[:14], `{"name":"pieces",`, 1))
	if _, err := NewDecoder(t.Context(), s.Config); !errors.As(err, &none) || none.Version != 1 || !slices.Equal(none.Differences, []string{"qty is missing", "pieces (string) is one more"}) {
		t.Errorf("with another: %v", err)
	}
}
