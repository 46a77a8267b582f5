package main

import (
	"context"
	"database/sql"
	"errors"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

const schema = `CREATE TABLE IF NOT EXISTS orders (line INTEGER PRIMARY KEY, value BLOB);
CREATE TABLE IF NOT EXISTS batches (shard, step, part, parts, first, again, PRIMARY KEY (shard, step, part, parts))`

// Table is a sink into the tables of that schema, in a database that it owns. A
// record's At is its line. A batch and its name go in together, so a batch whose
// name is there already, from an earlier run, is left out.
type Table struct {
	DB  *sql.DB
	err error // the first, which is final
}

// Write implements sink.Sink.
func (t *Table) Write(ctx context.Context, b *sink.Batch) error {
	if t.err == nil {
		t.err = t.write(ctx, b)
	}
	return t.err
}

func (t *Table) write(ctx context.Context, b *sink.Batch) error {
	tx, err := t.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	var first int64     // the line of the batch's first record
	var again bool
	err = tx.QueryRowContext(ctx, `INSERT INTO batches SELECT ?, ?, ?, ?, coalesce(max(line), 0) + 1, false FROM orders WHERE true
		ON CONFLICT DO UPDATE SET again = true RETURNING first, again`, b.Shard, b.Step, b.Part, b.Parts).Scan(&first, &again)
	for i := 0; err == nil && i < len(b.Records); i++ {
		r := &b.Records[i]
		r.At = order.Place{Offset: first + int64(i)}
		if !again {
			_, err = tx.ExecContext(ctx, `INSERT INTO orders VALUES (?, ?)`, r.At.Offset, r.Value)
		}
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return errors.Join(err, ctx.Err()) // a transaction that ctx has ended may say only that it is done
	}
	return nil
}

// Close implements sink.Sink.
func (t *Table) Close(context.Context) error { return errors.Join(t.err, t.DB.Close()) }
