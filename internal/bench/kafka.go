package main

import (
	"errors"

	"github.com/kafkanauts/kafkanauts/internal/bench/figures"
)

// kafkaFigures starts a broker and returns the figures that need it, and what
// stops it. The broker is a process of its own, so it is not in the CPU time.
func kafkaFigures() (list []figures.Figure, stop func(), err error) {
	return nil, nil, errors.New("-kafka: there are no figures that need a broker yet")
}
