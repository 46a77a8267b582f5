package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

func mustOpen(t *testing.T, path string) *Table {
	t.Helper()
	table, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// values returns the values of the table in a file, by line, and looks that the
// lines are numbered from 1.
func values(t *testing.T, path string) (all [][]byte) {
	t.Helper()
	table := mustOpen(t, path)
	defer table.DB.Close()
	rows, err := table.DB.Query("SELECT line, value FROM orders ORDER BY line")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line int
		var value []byte
		if err := rows.Scan(&line, &value); err != nil {
			t.Fatal(err)
		}
		if all = append(all, value); line != len(all) {
			t.Fatalf("line %d comes as number %d", line, len(all))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestConformance(t *testing.T) {
	sinktest.Run(t, func(t *testing.T) (sink.Sink, func() [][]byte) {
		path := filepath.Join(t.TempDir(), "orders.db")
		return mustOpen(t, path), func() [][]byte { return values(t, path) }
	})
}

// The database refuses a row, in the middle of a batch; it is somebody else's
// just then; or it is gone.
func TestFaults(t *testing.T) {
	for name, fail := range map[string]func(t *testing.T, table, other *sql.DB){
		"full": func(t *testing.T, table, other *sql.DB) {
			mustExec(t, other, `CREATE TRIGGER full BEFORE INSERT ON orders WHEN new.line % 50 = 49 BEGIN SELECT raise(ABORT, 'full'); END`)
		},
		"locked": func(t *testing.T, table, other *sql.DB) {
			other.SetMaxOpenConns(1)
			mustExec(t, other, `BEGIN IMMEDIATE`)
		},
		"closed": func(t *testing.T, table, other *sql.DB) {
			table.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			sinktest.Faults(t, func(t *testing.T) sinktest.Faulty {
				path := filepath.Join(t.TempDir(), "orders.db")
				table := mustOpen(t, path)
				other := mustOpen(t, path).DB
				t.Cleanup(func() { other.Close() })
				return sinktest.Faulty{Sink: table, Delivered: func() [][]byte { other.Close(); return values(t, path) },
					Fail: func(int) error { fail(t, table.DB, other); return nil }}
			})
		})
	}
}

func mustExec(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

var config = kafkanauts.Config{Limit: 20_000}

// dying is a Table that kills its own process after some batches, before the
// stream hears of the last of them.
type dying struct {
	*Table
	after int
}

func (d *dying) Write(ctx context.Context, b *sink.Batch) error {
	err := d.Table.Write(ctx, b)
	if d.after--; d.after == 0 && err == nil {
		self, _ := os.FindProcess(os.Getpid())
		self.Kill()
		select {}
	}
	return err
}

const die = "SQLITE_DIE" // a path, and after how many batches

// TestDying is run by TestKilled, in a process that is killed in it.
func TestDying(t *testing.T) {
	path, after, ok := bytes.Cut([]byte(os.Getenv(die)), []byte{'\n'})
	if !ok {
		return // this is no test
	}
	n, err := strconv.Atoi(string(after))
	if err != nil {
		t.Fatal(err)
	}
	write(t, &dying{mustOpen(t, string(path)), n}, nil)
}

// write makes the stream, and its key.
func write(t *testing.T, s sink.Sink, key *bytes.Buffer) {
	t.Helper()
	stream, err := kafkanauts.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if key != nil {
		s = sink.Tee(s, sink.Truth(key))
	}
	if _, err := stream.Run(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

// However often the writing is killed, the table is that of the stream, and so is
// where it says that each record lies.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orders.db")
	for _, after := range []int{1, 1, 3, 8, 12, 12} {
		c := exec.Command(os.Args[0], "-test.run=^TestDying$")
		c.Env = append(os.Environ(), fmt.Sprintf("%s=%s\n%d", die, path, after))
		if out, err := c.CombinedOutput(); err == nil || len(out) > 0 {
			t.Fatalf("it was to be killed after %d batches: %v\n%s", after, err, out)
		}
	}
	before := len(values(t, path))
	if before == 0 || before >= int(config.Limit) {
		t.Fatalf("%d records were written when it was killed: the test tests nothing", before)
	}
	var lines, want, got bytes.Buffer
	write(t, sink.Writer(&lines), &want)
	write(t, mustOpen(t, path), &got)
	for _, when := range []string{"after the kills", "written once more"} {
		table := append(bytes.Join(values(t, path), []byte{'\n'}), '\n')
		if !bytes.Equal(table, lines.Bytes()) {
			t.Errorf("%s, the table is not the stream: %d bytes, not %d", when, len(table), lines.Len())
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("%s, its key is not that of the stream", when)
		}
		got.Reset()
		write(t, mustOpen(t, path), &got)
	}
}

func TestRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orders.db")
	for range 2 {
		if err := run(t.Context(), path, kafkanauts.Config{Limit: 1000}); err != nil {
			t.Fatal(err)
		}
		if n := len(values(t, path)); n != 1000 {
			t.Errorf("%d records, not 1000", n)
		}
	}
}
