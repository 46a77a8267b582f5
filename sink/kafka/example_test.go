package kafka_test

import (
	"fmt"

	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// What is wrong is said before anybody is talked to, and nothing that prints a
// Security prints its password.
func ExampleSecurity() {
	security := kafka.Security{
		TLS:      true,
		CA:       "authority.pem",
		SASL:     "scram-sha-512",
		User:     "alice",
		Password: kafka.NewPassword("secret"), // os.Getenv("KAFKA_PASSWORD"), say
	}
	fmt.Printf("%+v\n", security)
	_, err := kafka.New(kafka.Config{Brokers: []string{"kafka.example:9093"}, Topic: "orders", Security: security})
	fmt.Println(err)
	// Output:
	// {TLS:true CA:authority.pem Cert: Key: SASL:scram-sha-512 User:alice Password:[hidden]}
	// kafka: Security.CA authority.pem: no such file or directory
}
