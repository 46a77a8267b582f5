package kafkatest

import (
	"errors"
	"os"
	"sync"
	"testing"
)

// Cluster is three real brokers. Topics have three copies unless they are made
// otherwise, and so have the stores of groups and transactions; two of them must
// be in sync. Two brokers that run are a majority, without which nothing goes.
type Cluster struct {
	Addrs []string
	Nodes []*Server // node.id 1, 2, 3

	stopped sync.Once
	err     error
}

const members = 3

// StartCluster starts three brokers and returns once all take connections, after
// about six seconds. The properties stand after the usual ones, of each node.
// The caller stops the Cluster. An error that wraps ErrUnavailable says what
// this computer lacks.
func StartCluster(properties ...string) (*Cluster, error) {
	a, err := fetch()
	if err != nil {
		return nil, err
	}
	for range attempts {
		var c *Cluster
		if c, err = a.cluster(properties); err == nil {
			return c, nil
		}
		if !errors.Is(err, errPortTaken) {
			return nil, err
		}
	}
	return nil, err
}

func (a artifacts) cluster(properties []string) (*Cluster, error) {
	addrs, err := freeAddrs(2 * members)
	if err != nil {
		return nil, err
	}
	c := &Cluster{Addrs: addrs[members:]}
	for i := range members {
		c.Nodes = append(c.Nodes, &Server{artifacts: a, plan: plan{
			node: i + 1, voters: addrs[:members], properties: properties, heap: "384m",
			listeners: []listener{{plaintext, plaintext, c.Addrs[i]}},
		}})
	}
	err = c.each((*Server).prepare)
	if err == nil {
		err = c.each((*Server).launch) // none is ready before two of them run
	}
	if err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// each calls f for all nodes at the same time.
func (c *Cluster) each(f func(*Server) error) error {
	errs := make([]error, len(c.Nodes))
	var wg sync.WaitGroup
	for i, s := range c.Nodes {
		wg.Go(func() { errs[i] = f(s) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Node returns the broker with that node.id.
func (c *Cluster) Node(id int32) *Server { return c.Nodes[id-1] }

// Stop ends the brokers at once and removes their data. Called again it returns
// what it returned before.
func (c *Cluster) Stop() error {
	c.stopped.Do(func() {
		c.err = c.each(func(s *Server) error {
			if s.child != nil {
				s.child.kill() // in order, each would wait for the others
			}
			return os.RemoveAll(s.dir)
		})
	})
	return c.err
}

// Three returns three brokers for this test alone: see StartCluster. They are
// stopped when the test ends. If this computer cannot run them, the test is
// skipped.
func Three(t testing.TB, properties ...string) *Cluster {
	t.Helper()
	c, err := StartCluster(properties...)
	if err != nil {
		running(t, nil, err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}
