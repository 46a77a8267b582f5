package parquet

import (
	"math"
	"time"
)

// day is a date, counted from 1970-01-01.
type day int64

// noDay is that of a text that is no date and time.
const noDay day = math.MinInt64

// dayPrefix begins the name of a day's folder.
const dayPrefix = "dt="

// folder returns its folder's name.
func (d day) folder() string {
	if d == noDay {
		return dayPrefix + nullName
	}
	return dayPrefix + time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly)
}

// dayOf returns the day of a Unix time.
func dayOf(seconds int64) day {
	d := seconds / 86400
	if seconds%86400 < 0 {
		d--
	}
	return day(d)
}

// days reads dates, of which the next is mostly that of before.
type days struct {
	text [len(time.DateOnly)]byte
	day  day
}

// of returns the day of a text as 2006-01-02T15:04:05, from year 1 to 9999.
func (d *days) of(text []byte) day {
	const form = "2006-01-02T15:04:05"
	if len(text) != len(form) || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
		!below(text[11:13], 24) || !below(text[14:16], 60) || !below(text[17:19], 60) {
		return noDay
	}
	if date := text[:len(d.text)]; string(date) != string(d.text[:]) {
		t, err := time.Parse(time.DateOnly, string(date))
		if err != nil || t.Year() < 1 {
			return noDay
		}
		copy(d.text[:], date)
		d.day = dayOf(t.Unix())
	}
	return d.day
}

// below tells whether two digits make less than most.
func below(text []byte, most byte) bool {
	tens, ones := text[0]-'0', text[1]-'0'
	return tens < 10 && ones < 10 && tens*10+ones < most
}
