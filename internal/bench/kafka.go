package main

import (
	"github.com/kafkanauts/kafkanauts/internal/bench/figures"
	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

// kafkaFigures starts a broker and returns the figures that need it, and what
// stops it. The broker is a process of its own, so its CPU time does not count.
func kafkaFigures() (list []figures.Figure, stop func() error, err error) {
	server, err := kafkatest.Start()
	if err != nil {
		return nil, nil, err
	}
	return figures.Kafka(server.Addr), server.Stop, nil
}
