package prometheus_test

import (
	"testing"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }
