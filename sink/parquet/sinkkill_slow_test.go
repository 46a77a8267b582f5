//go:build slow

package parquet_test

import "testing"

func TestSlowSinkKilled(t *testing.T) { killed(t, 200) }
