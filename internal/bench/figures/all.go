package figures

import (
	"strconv"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
	avrofile "github.com/kafkanauts/kafkanauts/sink/avro"
	"github.com/kafkanauts/kafkanauts/sink/compress"
)

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// All returns the figures that need nothing but this machine, with this
// module's goals.
func All() []Figure {
	return []Figure{
		// Yardsticks.
		{Name: "copy", Op: "line copied into 64 KiB", Setup: copying},
		{Name: "fprintf", Op: "prebuilt order through fmt.Fprintf", Setup: fprintf},
		{Name: "newlines", Op: "line found by bytes.IndexByte", Setup: newlines},
		{Name: "encoding-csv", Op: "line through encoding/csv, typed", Setup: encodingCSV},
		{Name: "gofakeit", Op: "order of 16 gofakeit calls through fmt.Fprintf", Setup: gofakeits},
		{Name: "sort", Op: "slices.Sort of 1,000,000 float64", Setup: sorting},

		{Name: "encode/pipe", Op: "prebuilt order encoded", Setup: encoding(order.Pipe{}), Goals: []Goal{
			{Of: CPU, Against: One("copy"), AtMost: 7},
			{Of: CPU, Against: One("fprintf"), AtMost: 0.07},
		}},
		{Name: "encode/csv", Op: "prebuilt order encoded", Setup: encoding(order.CSV{}), Goals: shown("fprintf")},
		{Name: "encode/json", Op: "prebuilt order encoded", Setup: encoding(order.JSON{}), Goals: shown("fprintf")},

		{Name: "parse/pipe", Op: "line parsed strictly, as a view", Setup: parsing(order.Pipe{}), Goals: []Goal{
			{Of: CPU, Against: One("newlines"), AtMost: 10},
			{Of: CPU, Against: One("encoding-csv"), AtLeast: 5},
		}},
		{Name: "parse/csv", Op: "line parsed strictly, as a view", Setup: parsing(order.CSV{}), Goals: shown("newlines")},
		{Name: "parse/json", Op: "line parsed strictly, as a view", Setup: parsing(order.JSON{}), Goals: shown("newlines")},

		{Name: "whole", Op: "order made, one worker, merged, to no sink", Setup: whole(workers(1), nowhere), Goals: []Goal{
			{Of: CPU, Against: One("fprintf"), AtMost: 0.20, Stretch: 0.14},
			{Of: CPU, Against: One("copy"), AtMost: 20, Stretch: 14},
			{Of: CPU, Against: One("gofakeit"), AtLeast: 16, Stretch: 25},
			{Of: Allocs, AtMost: 0.001},
			{Of: Bytes, AtMost: 8},
		}},
		{Name: "whole/workers=two", Op: "order made, two workers, merged, to no sink", Setup: whole(workers(2), nowhere), Goals: []Goal{
			{Of: Wall, Against: One("whole"), AtLeast: 1.7},
			{Of: CPU, Against: One("whole"), AtMost: 1.15},
		}},
		{Name: "whole/discard", Op: "order made, one worker, into sink.Discard", Setup: whole(workers(1), discard), Goals: shown("whole")},
		{Name: "whole/meter", Op: "order made, one worker, into sink.Discard, told to a Prometheus Meter", Setup: whole(metered(), discard), Goals: shown("whole/discard")},
		{Name: "whole/file", Op: "order made, one worker, into sink.File", Setup: toFile, Goals: shown("whole")},

		{Name: "encode/avro", Op: "prebuilt order encoded, typed", Setup: encoding(avro.Encoding{}), Goals: shown("copy")},
		{Name: "encode/avro-text", Op: "prebuilt order encoded, as texts", Setup: encoding(avro.Encoding{Text: true}), Goals: shown("copy")},
		{Name: "lines/gzip", Op: "line packed by gzip", Setup: packing(compress.Gzip{}), Goals: shown("copy")},
		{Name: "lines/zstd", Op: "line packed by Zstandard", Setup: packing(compress.Zstd{}), Goals: shown("copy")},
		{Name: "container/avro", Op: "prebuilt order into a container file, typed, deflate", Setup: containing(avrofile.Container{}), Goals: shown("copy")},
		{Name: "container/avro-text", Op: "line into a container file of texts, deflate", Setup: containing(avrofile.Container{Text: true}), Goals: shown("copy")},
		{Name: "parquet/values", Op: "prebuilt order into a Parquet data set, zstd", Setup: datasets(false), N: 500_000, Goals: []Goal{
			{Of: CPU, Against: One("copy"), AtMost: 120},
			{Of: Allocs, AtMost: 0.05},
		}},
		{Name: "parquet/texts", Op: "line into a Parquet data set of texts, zstd", Setup: datasets(true), N: 500_000, Goals: shown("copy")},
	}
}

// shown is a ratio without a goal.
func shown(yardstick string) []Goal { return []Goal{{Of: CPU, Against: One(yardstick)}} }
