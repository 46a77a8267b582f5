package order

import (
	"time"
	"unsafe"
)

// scan finds the stops of b. It returns false if b is for the thorough.
func (s *stops) scan(b []byte, delim byte) bool {
	if uint(len(b)-shortest) > longest-shortest {
		return false
	}
	s.find(b, delim)
	return s.n == Columns-1 && s.low == 0 && s.utf8(b)
}

const zeros = 0x3030303030303030

// digitsOf returns the last n bytes of w, or rather the first...
func left(w uint64, n int) uint64 { return (w ^ zeros) << (-8 * n & 63) }

func notDigits(x uint64) uint64 { return (x + 0x7676767676767676) | x }

func value8(x uint64) uint64 {
	x = x*10 + x>>8
	return ((x&0x000000ff000000ff)*(100+1000000<<32) + (x>>16&0x000000ff000000ff)*(1+10000<<32)) >> 32
}

// number reads up to sixteen digits
func long(p *byte, start, end int) (v uint64, ok bool) {
	n := end - start
	if uint(n-9) >= 8 {
		return parseUint(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(p), start)), n))
	}
	w := load(p, start)
	h, l := left(w, n), load(p, end-8)^zeros
	return value8(h)*1e8 + value8(l), byte(w) != '0' && (notDigits(h)|notDigits(l))&highs == 0
}

func short(p *byte, start, end int) (v uint64, ok bool) {
	n := end - start
	w := load(p, start)
	x := left(w, n)
	if uint(n-1) < 8 && notDigits(x)&highs == 0 && (byte(w) != '0' || n == 1) {
		return value8(x), true
	}
	return parseUint(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(p), start)), n))
}

func price(p *byte, start, end int) (v int64, ok bool) {
	n := end - start
	w := load(p, start)
	x := left(w, n)
	y := x&0xffff000000000000 | x&0x000000ffffffffff<<8
	if uint(n-4) < 5 && notDigits(y)&highs == 0 && x>>40&0xff == '.'^'0' && (byte(w) != '0' || n == 4) {
		return int64(value8(y)), true
	}
	return parseCents(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(p), start)), n))
}

var before = [16]int16{0, 306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275}

// clock reads a time; ok is false also for some that are right
func clock(p *byte, at int) (unix int64, ok bool) {
	d := load(p, at) ^ 0x2d30302d30303030    // 0000-00-
	m := load(p, at+8)&0xffffff ^ 0x543030   // 00T
	c := load(p, at+11) ^ 0x30303a30303a3030 // 00:00:00
	bad := (d + 0x7f76767f76767676) | d | (m + 0x7f7676) | m | (c + 0x76767f76767f7676) | c
	d = d*10 + d>>8
	m = m*10 + m>>8
	c = c*10 + c>>8
	bad |= c&0x00ff0000ff0000ff + 0x0044000044000068
	month, day := d>>40&0xff, m&0xff
	year := d&0xff*100 + d>>16&0xff
	if bad&highs != 0 || month-1 > 11 || day-1 > 27 && (day == 0 || day > uint64(monthDays(int64(year), int64(month)))) {
		return 0, false
	}
	year -= (month - 3) >> 63
	century := year / 100
	days := year*365 + year/4 - century + century/4 + uint64(before[month&15]) + day
	return int64(days*86400+c&0xff*3600+c>>24&0xff*60+c>>48&0xff) - (719468+1)*86400, year < 1<<63
}

func str(p *byte, start, end int) string {
	return unsafe.String((*byte)(unsafe.Add(unsafe.Pointer(p), start)), end-start)
}

func (o *Order) fast(b []byte, s *stops) bool {
	if s.at[9]-s.at[8] != 20 || s.at[14]-s.at[13] != 2 {
		return false
	}
	p := unsafe.SliceData(b)
	var ok, k bool
	o.ID, ok = long(p, 0, int(s.at[0]))
	o.CustomerID, k = short(p, int(s.at[0])+1, int(s.at[1]))
	ok = ok && k
	o.ProductID, k = short(p, int(s.at[2])+1, int(s.at[3]))
	ok = ok && k
	q, k := short(p, int(s.at[6])+1, int(s.at[7]))
	ok = ok && k && q < 1<<31
	o.Qty = int(q)
	o.Price, k = price(p, int(s.at[7])+1, int(s.at[8]))
	ok = ok && k
	t, k := clock(p, int(s.at[8])+1)
	ok = ok && k
	o.Time = time.Unix(t, 0).UTC()
	o.TxnID, k = long(p, int(s.at[12])+1, int(s.at[13]))
	ok = ok && k
	c := b[s.at[14]-1]
	o.Success = c == 'Y'
	ok = ok && (c == 'Y' || c == 'N')
	o.CustomerName = str(p, int(s.at[1])+1, int(s.at[2]))
	o.ProductName = str(p, int(s.at[3])+1, int(s.at[4]))
	o.Category = str(p, int(s.at[4])+1, int(s.at[5]))
	o.Payment = str(p, int(s.at[5])+1, int(s.at[6]))
	o.Country = str(p, int(s.at[9])+1, int(s.at[10]))
	o.City = str(p, int(s.at[10])+1, int(s.at[11]))
	o.Site = str(p, int(s.at[11])+1, int(s.at[12]))
	o.Reason = str(p, int(s.at[14])+1, int(s.at[15]))
	return ok
}
