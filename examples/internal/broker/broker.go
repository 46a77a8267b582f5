// Package broker starts an embedded Kafka broker for the example programs, for
// those who have none: on loopback, for as long as the program runs.
package broker

import (
	"errors"
	"os"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kversion"
)

// Embedded is a broker in this process.
type Embedded struct {
	cluster *kfake.Cluster
	dir     string
}

// Start starts a broker that keeps its records in a temporary directory.
func Start() (*Embedded, error) {
	dir, err := os.MkdirTemp("", "kafkanauts-broker-")
	if err != nil {
		return nil, err
	}
	// Java clients stumble over an answer of newer versions than these.
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(75, -1) // DescribeTopicPartitions
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.MaxVersions(versions), kfake.DataDir(dir))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &Embedded{c, dir}, nil
}

// Addrs returns the broker's address.
func (b *Embedded) Addrs() []string { return b.cluster.ListenAddrs() }

// Stop stops the broker and removes its records.
func (b *Embedded) Stop() error {
	b.cluster.Close()
	return os.RemoveAll(b.dir)
}
