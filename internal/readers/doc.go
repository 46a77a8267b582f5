// Package readers holds what the library writes against programs that no one here
// wrote, and that share no code with it: each tells, in its own way, how many
// orders there are, what they sum up to and what the odd ones say, and all of it must be what
// was written. It is tests, and the scripts of the folder ask, which do the
// reading.
//
// DuckDB, Polars, pandas, fastavro and kcat read in every run of the tests; Spark,
// Hive's metastore and a registry of schemas in
//
//	go run ./internal/test -slow
package readers
