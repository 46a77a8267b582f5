package outlet

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
)

// parseShards returns the shards of a list such as 0,3,5-7.
func parseShards(list string, shards int) ([]int, error) {
	var all []int
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		a, err := shard(first, shards)
		b, err2 := shard(last, shards)
		if err = errors.Join(err, err2); err != nil || b < a {
			return nil, cli.Usagef("-shard %s: %q is no shard, or range of shards, of the %d from 0 to %d", list, part, shards, shards-1)
		}
		for ; a <= b; a++ {
			all = append(all, a)
		}
	}
	return all, nil
}

// shard returns the number of a shard.
func shard(text string, shards int) (int, error) {
	n, err := strconv.Atoi(text)
	if err == nil && (n < 0 || n >= shards) {
		err = fmt.Errorf("the stream has the shards 0 to %d", shards-1)
	}
	return n, err
}

// serve delivers the shards that in names, a number a line, and answers each with a
// line of JSON on out once it is delivered. A shard that is there already is
// answered at once.
func (o *Outlet) serve(ctx context.Context, s *kafkanauts.Stream, in io.Reader, out io.Writer) error {
	shards := s.Config().Shards
	lines, failed := read(in)
	for line := 1; ; line++ {
		var text string
		var more bool
		select {
		case text, more = <-lines:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the number of a shard: %w", ctx.Err())
		}
		if !more {
			break
		}
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		n, err := shard(text, shards)
		if err != nil {
			return fmt.Errorf("line %d of standard input is %q, and no shard's number: %w", line, text, err)
		}
		if _, err := o.to.run(ctx, s.Only(n)); err != nil {
			return fmt.Errorf("shard %d: %w", n, err)
		}
		is, err := o.to.shard(ctx, n)
		if err != nil {
			return err
		}
		answer, err := json.Marshal(is)
		if err != nil {
			return err
		}
		if _, err := out.Write(append(answer, '\n')); err != nil {
			return fmt.Errorf("shard %d is delivered, but nobody takes the answer: %w", n, err)
		}
	}
	if err := <-failed; err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	return o.to.finish(ctx, s)
}

// read returns the lines of in, and then why there are no more: nil if it ends. A
// read that blocks is given up when the program ends.
func read(in io.Reader) (<-chan string, <-chan error) {
	lines, failed := make(chan string), make(chan error, 1)
	go func() {
		scanner := bufio.NewScanner(in)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
		failed <- scanner.Err()
		close(lines)
	}()
	return lines, failed
}
