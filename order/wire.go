package order

import (
	"encoding/binary"
	"time"
	"unsafe"
)

// read finds the stops of b and reads its columns into o, those of a right
// record of ordinary length. It returns false of all others, of which o may then hold
// anything: they are for those who can tell what is wrong.
func (o *Order) read(b []byte, delim byte, l *Layout, at *Spans) bool {
	if uint(len(b)-shortest) > longest-shortest {
		return false
	}
	var s stops
	s.find(b, delim)
	if s.n != Columns-1 || s.low != 0 || !s.utf8(b) {
		return false
	}
	if l[0] == None {
		if !o.readWire(b, &s) {
			return false
		}
	} else {
		*o = Order{}
		start := 0
		for i, f := range l {
			end := int(s.at[i])
			if o.set(f, b[start:end]) != 0 {
				return false
			}
			start = end + 1
		}
	}
	if at != nil {
		at.stops(&s, l)
	}
	return true
}

// stops fills at from the stops of a line that has all columns of l.
func (at *Spans) stops(s *stops, l *Layout) {
	at.Value[None], at.Cell[None] = Span{-1, -1}, Span{-1, -1}
	start := 0
	for i, f := range l.fields() {
		end := int(s.at[i])
		at.Value[f], at.Cell[f] = extents(i, start, end, true)
		start = end + 1
	}
}

// plain fills at from b, a record of the wire without quotation marks. It returns
// false if it cannot tell where the columns end.
func (at *Spans) plain(b []byte, delim byte) bool {
	if uint(len(b)-shortest) > longest-shortest {
		return false
	}
	var s stops
	if s.find(b, delim); s.n != Columns-1 {
		return false
	}
	at.stops(&s, &wire)
	return true
}

// readWire reads the columns of b, of which s are the stops, in the order of
// the wire.
func (o *Order) readWire(b []byte, s *stops) bool {
	const clock = 8 // the column before the time, which is long enough for a load wherever one up to that begins
	if int(s.at[clock+1]) != int(s.at[clock])+1+widestTime || s.at[14]-s.at[13] != 2 {
		return false
	}
	p := unsafe.SliceData(b)
	end := int(s.at[0])
	if h, l, ok := sixteenOf(load(p, 0), load(p, max(end-8, 0)), end); ok {
		o.ID = value(h)*1e8 + value(l)
	} else if o.ID, ok = parseUint(b[:end]); !ok {
		return false
	}
	start, end := end+1, int(s.at[1])
	if x, ok := eightOf(load(p, start), end-start); ok {
		o.CustomerID = value(x)
	} else if o.CustomerID, ok = parseUint(b[start:end]); !ok {
		return false
	}
	start, end = int(s.at[2])+1, int(s.at[3])
	if x, ok := eightOf(load(p, start), end-start); ok {
		o.ProductID = value(x)
	} else if o.ProductID, ok = parseUint(b[start:end]); !ok {
		return false
	}
	start, end = int(s.at[6])+1, int(s.at[7])
	if x, ok := eightOf(load(p, start), end-start); ok {
		o.Qty = int(value(x))
	} else if o.set(Qty, b[start:end]) != 0 {
		return false
	}
	start, end = int(s.at[7])+1, int(s.at[8])
	if x, ok := centsOf(load(p, start), end-start); ok {
		o.Price = int64(value(x))
	} else if o.Price, ok = parseCents(b[start:end]); !ok {
		return false
	}
	start, end = int(s.at[12])+1, int(s.at[13])
	if h, l, ok := sixteenOf(load(p, min(start, end-8)), load(p, end-8), end-start); ok {
		o.TxnID = value(h)*1e8 + value(l)
	} else if o.TxnID, ok = parseUint(b[start:end]); !ok {
		return false
	}
	unix, ok := unixOf(load(p, int(s.at[clock])+1), load(p, int(s.at[clock])+9), load(p, int(s.at[clock])+12))
	if !ok {
		return false
	}
	o.Time = time.Unix(unix, 0).UTC()
	flag := b[s.at[14]-1]
	if flag != 'Y' && flag != 'N' {
		return false
	}
	o.Success = flag == 'Y'
	o.CustomerName = part(p, s.at[1], s.at[2])
	o.ProductName = part(p, s.at[3], s.at[4])
	o.Category = part(p, s.at[4], s.at[5])
	o.Payment = part(p, s.at[5], s.at[6])
	o.Country = part(p, s.at[9], s.at[10])
	o.City = part(p, s.at[10], s.at[11])
	o.Site = part(p, s.at[11], s.at[12])
	o.Reason = view(b[int(s.at[14])+1:])
	return true
}

// part returns what is between two stops of the bytes from p on. The later one is not
// the end: an empty string there would point to what is none of the line's.
func part(p *byte, before, end uint8) string {
	return unsafe.String((*byte)(unsafe.Add(unsafe.Pointer(p), int(before)+1)), int(end)-int(before)-1)
}

// load returns the eight bytes from the ith of p on, which must be there.
func load(p *byte, i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(unsafe.Pointer(p), i))[:])
}
