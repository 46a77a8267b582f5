package parquet

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"pgregory.net/rapid"
)

// Indexes come back as they were, read by parquet-go; and where nothing depends on the
// processor, they are written as it writes them.
func TestIndexes(t *testing.T) {
	alike := 0
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(0, 31).Draw(t, "width")
		value := rapid.Int32Range(0, int32(1<<width-1))
		var values []int32
		for range rapid.IntRange(0, 40).Draw(t, "runs") {
			v := value.Draw(t, "value")
			for range rapid.SampledFrom([]int{1, 1, 1, 2, 4, 7, 8, 9, 40}).Draw(t, "times") {
				values = append(values, v)
			}
		}
		got := appendIndexes(nil, values)
		back, err := pq.RLEDictionary.DecodeInt32(nil, got)
		if err != nil {
			t.Fatal(err)
		}
		if len(values) == 0 {
			return
		}
		if !slices.Equal(back, values) {
			t.Fatalf("%v come back as %v", values, back)
		}
		for i := 0; i+8 <= len(values); i += 8 {
			if v := values[i : i+8]; v[0] != v[4] && same([]int32{v[0], v[1], v[2], v[3], v[0], v[0], v[0], v[0]}, v[0]) && same([]int32{v[4], v[4], v[4], v[4], v[4], v[5], v[6], v[7]}, v[4]) {
				return // two fours
			}
		}
		alike++
		want, err := pq.RLEDictionary.EncodeInt32(nil, values)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v are %x, not %x, %v", values, got, want, err)
		}
	})
	if alike == 0 {
		t.Error("none were compared")
	}

	// Two fours within what is packed do not end it.
	values := []int32{0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0}
	if got, want := appendIndexes(nil, values), []byte{1, 2<<1 | 1, 0b10101010, 0b00001111}; !bytes.Equal(got, want) {
		t.Errorf("%x, not %x", got, want)
	}
}

// A dictionary that parquet-go gives up is an error, not pages of another type.
func TestDictionaryGivenUp(t *testing.T) {
	types := pageType{pq.Int32Type}
	if _, err := types.Encode(nil, encoding.Int32Values([]int32{1}), &pq.Plain); !errors.Is(err, errDictionary) {
		t.Error(err)
	}
}
