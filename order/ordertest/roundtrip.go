package ordertest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/kafkanauts/kafkanauts/order"
)

// stale is what an order holds before something is read into it.
func stale() order.Order {
	o := base()
	o.CustomerName, o.Reason, o.Success, o.Qty = "stale", "stale", true, -77
	return o
}

// roundTrip holds that an order that is carried comes back, and no other does.
func (k *kit) roundTrip(o *order.Order) error {
	given := *o
	var at, none order.Spans
	b := k.enc.Append(nil, o, &at)
	if *o != given {
		return fmt.Errorf("its Append changed %+v to %+v", given, *o)
	}
	again := k.enc.Append([]byte("before"), o, nil)
	if string(again) != "before"+string(b) {
		return fmt.Errorf("its Append appends %q, and to \"before\", without extents, it makes %q", short(b), short(again))
	}
	again = k.enc.Append(append(make([]byte, 0, len(b)+1000), "before"...), o, &none)
	if string(again) != "before"+string(b) || none != at {
		return fmt.Errorf("its Append to \"before\" makes %q with extents %v, alone %q with %v; extents count from the record's first byte", short(again), none, short(b), at)
	}
	kept := bytes.Clone(b)
	other := base()
	if k.enc.Append(nil, &other, nil); !bytes.Equal(b, kept) {
		return fmt.Errorf("another Append changed the bytes that Append had returned, from %q to %q", short(kept), short(b))
	}
	back, read := stale(), at
	err := k.enc.Parse(&back, b, &read)
	if !bytes.Equal(b, kept) {
		return fmt.Errorf("its Parse changed %q to %q", short(kept), short(b))
	}
	refused := k.carries(o)
	if refused != nil {
		if err == nil && back == *o && (k.carrier != nil) {
			return fmt.Errorf("its Carries refuses %q with %q, though it comes back", short(b), refused)
		}
		return k.blame(o, refused)
	}
	if err != nil {
		return fmt.Errorf("its Parse refuses %q, which Append wrote: %w; if it cannot be carried, say so in Carries", short(b), err)
	}
	if back != *o {
		return fmt.Errorf("%q is read as %s; if it cannot be carried, say so in Carries", short(b), differs(&back, o))
	}
	if read != at {
		return fmt.Errorf("of %q Append says extents %v, Parse %v", short(b), at, read)
	}
	if err := k.enc.Parse(&back, b, nil); err != nil || back != *o {
		return fmt.Errorf("without extents, Parse reads %q otherwise: %v", short(b), err)
	}
	if text := aliased(&back, b); text != "" {
		return fmt.Errorf("its Parse keeps %q, a view of the bytes that it was given; it copies texts", text)
	}
	if k.viewer != nil {
		back, read = stale(), order.Spans{}
		if err := k.viewer.View(&back, b, &read); err != nil || back != *o || read != at {
			return fmt.Errorf("its View reads %q otherwise than Parse: %s, at %v, %v", short(b), differs(&back, o), read, err)
		}
		if !bytes.Equal(b, kept) {
			return fmt.Errorf("its View changed %q to %q", short(kept), short(b))
		}
	}
	return nil
}

// blame holds that the error of Carries names the first field that is not
// carried.
func (k *kit) blame(o *order.Order, refused error) error {
	if k.carrier == nil {
		return nil
	}
	for f := order.ID; f < order.NumFields; f++ {
		alone := base()
		set(&alone, o, f)
		if k.carries(&alone) == nil {
			continue
		}
		if !strings.Contains(refused.Error(), f.String()) {
			return fmt.Errorf("its Carries says %q of an order whose %v it refuses alone; it names the first field that it cannot carry", refused, f)
		}
		return nil
	}
	return fmt.Errorf("its Carries says %q of an order of which it refuses no field alone", refused)
}

// set copies f from one order to the other.
func set(to, from *order.Order, f order.Field) {
	switch f {
	case order.Time: // which a text may not be able to say
		to.Time = from.Time
	default:
		to.SetText(f, string(from.AppendText(nil, f)))
	}
}

// differs says in which fields got is not want.
func differs(got, want *order.Order) string {
	var s strings.Builder
	for f := order.ID; f < order.NumFields; f++ {
		a, b := *got, *got
		set(&b, want, f)
		if a != b {
			fmt.Fprintf(&s, " %v %q instead of %q", f, short(got.AppendText(nil, f)), short(want.AppendText(nil, f)))
		}
	}
	if s.Len() == 0 {
		return "the same"
	}
	return "an order with" + s.String()
}

// aliased returns a text of o that lies in b, or "".
func aliased(o *order.Order, b []byte) string {
	if len(b) == 0 {
		return ""
	}
	first := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	for f := order.ID; f < order.NumFields; f++ {
		if t := o.Text(f); t != "" {
			if p := uintptr(unsafe.Pointer(unsafe.StringData(t))); p >= first && p < first+uintptr(cap(b)) {
				return t
			}
		}
	}
	return ""
}

// strict holds that what Parse accepts is what Append writes, and that it says
// what is wrong with all else.
func (k *kit) strict(b []byte) error {
	kept := bytes.Clone(b)
	o := stale()
	var at order.Spans
	err := k.enc.Parse(&o, b, &at)
	if !bytes.Equal(b, kept) {
		return fmt.Errorf("its Parse changed %q to %q", short(kept), short(b))
	}
	if e := within(&at, b); e != nil {
		return fmt.Errorf("%q: %w", short(b), e)
	}
	if k.viewer != nil {
		seen := stale()
		if viewed := k.viewer.View(&seen, b, nil); (viewed == nil) != (err == nil) || err == nil && seen != o {
			return fmt.Errorf("its View reads %q otherwise than Parse: %v and %v", short(b), viewed, err)
		}
	}
	if err != nil {
		return refusal(err, &o, b)
	}
	again := k.enc.Append(nil, &o, nil)
	if !k.free {
		if !bytes.Equal(again, b) {
			return fmt.Errorf("its Parse accepts %q, which Append would not have written but %q; refuse it, or declare Freedoms", short(b), short(again))
		}
		return nil
	}
	back := stale()
	if err := k.enc.Parse(&back, again, nil); err != nil || back != o {
		return fmt.Errorf("its Parse accepts %q, for which Append writes %q, which is not read as the same order: %v", short(b), short(again), err)
	}
	return nil
}

// refusal holds that err says what is wrong with b, and o what is right.
func refusal(err error, o *order.Order, b []byte) error {
	var wrong *order.ParseError
	if !errors.As(err, &wrong) {
		return fmt.Errorf("of %q the error is a %T, not a *order.ParseError: %w", short(b), err, err)
	}
	if wrong.Line != string(b) {
		return fmt.Errorf("the error for %q has the Line %q", short(b), short(wrong.Line))
	}
	if len(b) > 0 {
		line := wrong.Line
		was := b[0]
		if b[0]++; wrong.Line[0] != was {
			return fmt.Errorf("the Line of the error for %q is a view of it; copy it", short(line))
		}
		b[0] = was
	}
	if wrong.Record == 0 && wrong.Fields == [order.NumFields]order.Cause{} {
		return fmt.Errorf("the error for %q names nothing that is wrong", short(b))
	}
	if e := within(&wrong.Spans, b); e != nil {
		return fmt.Errorf("the error for %q: %w", short(b), e)
	}
	zero := order.Order{}
	for f := range wrong.Wrong() {
		a := *o
		set(&a, &zero, f)
		if f == order.Time {
			a.Time = zero.Time
		}
		if a != *o {
			return fmt.Errorf("%v is wrong in %q, and not zero but %q", f, short(b), o.AppendText(nil, f))
		}
	}
	if wrong.Error() == "" {
		return fmt.Errorf("the error for %q says nothing", short(b))
	}
	return nil
}

// spoilt returns records that are damaged: some in every byte, all once.
func (k *kit) spoilt(all []order.Order) [][]byte {
	var list [][]byte
	add := func(parts ...[]byte) { list = append(list, bytes.Join(parts, nil)) }
	add()
	add([]byte("\x00"))
	x := uint64(7)
	for range 500 {
		var b []byte
		for n := x >> 59; n > 0; n-- {
			x = x*6364136223846793005 + 1442695040888963407
			b = append(b, byte(x>>40))
		}
		x = x*6364136223846793005 + 1442695040888963407
		add(b)
	}
	specials := "\x00\x01\x02\x7f\x80\xff \t\n\r\"\\|,0-+{}"
	for i := range all {
		o := &all[i]
		b := k.enc.Append(nil, o, nil)
		if len(b) > 600 {
			continue
		}
		add(b)
		x = x*6364136223846793005 + 1442695040888963407
		if at := int(x >> 33 % uint64(len(b)+1)); at < len(b) {
			add(b[:at], []byte{b[at] ^ byte(1<<(x>>60&7))}, b[at+1:])
			add(b[:at])
		}
		if i >= 2 && i%1200 != 0 { // these have every damage
			continue
		}
		for at := range len(b) + 1 {
			add(b[:at])
			for n, c := range []byte(specials) {
				if at == 0 || (at+n)%2 == 0 {
					add(b[:at], []byte{c}, b[at:])
				} else if at < len(b) {
					add(b[:at], []byte{c}, b[at+1:])
				}
			}
			if at < len(b) {
				for bit := range 8 {
					add(b[:at], []byte{b[at] ^ 1<<bit}, b[at+1:])
				}
				add(b[:at], b[at+1:])
				add(b[at:])
				add(b[:at], b[at:at+1], b[at:])
			}
		}
		add(b, b)
	}
	return list
}
