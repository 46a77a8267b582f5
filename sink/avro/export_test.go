package avro

import (
	"bytes"

	"github.com/kafkanauts/kafkanauts/order"
)

// ValuesOf is Values of a file in memory.
func ValuesOf(b []byte) (all [][]byte, err error) {
	_, err = eachOf("memory", bytes.NewReader(b), valuesInto(func(v []byte, _ error) bool {
		all = append(all, bytes.Clone(v))
		return true
	}))
	return all, err
}

// ReadOf is Read of a file in memory.
func ReadOf(b []byte) (all []order.Order, err error) {
	_, err = eachOf("memory", bytes.NewReader(b), readInto(func(o order.Order, _ error) bool {
		all = append(all, o)
		return true
	}))
	return all, err
}
