// Package kafkatest gives tests a Kafka broker on loopback: a real one, Apache
// Kafka from its published artifacts in a Java process of its own, and an
// embedded one, kfake in this process. Nothing outside the user's cache folder
// is changed, and no broker outlives the process that started it.
//
// It also runs a real schema registry, see [Registry], and a real Prometheus, see [Scrape].
//
// A package whose tests call [Real], [Each], [Kcat], [Registry] or [Scrape] hands its tests to [Main]:
//
//	func TestMain(m *testing.M) { kafkatest.Main(m) }
package kafkatest
