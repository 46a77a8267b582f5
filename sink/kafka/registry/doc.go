// Package registry has the values of a topic described by a schema registry that
// speaks Confluent's interface, such as Confluent's own, Apicurio, Karapace or Redpanda's.
//
// [Config.Register] registers the Avro schema of a stream's records before the first of them
// is made, or finds it there, and returns the encoding that frames each with
// the schema's number:
//
//	enc, err := registry.Config{URL: "http://localhost:8081", Topic: "orders"}.Register(ctx, avro.Encoding{})
//	if err != nil {
//		return err // the registry refuses the schema: which fields, which version, what to do
//	}
//	stream, err := kafkanauts.New(kafkanauts.Config{Encoding: enc, Faults: corrupt.Mix{}})
//
// A [Decoder] is the encoding that reads a topic back.
package registry
