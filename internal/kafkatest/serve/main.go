// Command serve runs a real broker on loopback: it prints the broker's address
// as one line once it takes connections, and stops it when standard input ends
// or on an interrupt. Its arguments are broker properties, such as
// log.retention.check.interval.ms=500.
package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(properties []string) error {
	s, err := kafkatest.Start(properties...)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	fmt.Println(s.Addr)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		io.Copy(io.Discard, os.Stdin)
	}()
	select {
	case <-ended:
	case <-signals:
	case <-s.Done():
		err := fmt.Errorf("kafkatest: the broker ended by itself\n%s", s.Log())
		s.Stop()
		return err
	}
	return s.Stop()
}
