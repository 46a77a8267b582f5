package sink

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kafkanauts/kafkanauts/internal/parts"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// WriteTruth writes the answer key of a stream that Files, or another sink with
// such directories, has completed, into dst, which is of the form truth.Files and was not used
// before, and closes it. The directories are those of Files.Path and Files.Truth. The manifest has the
// hashes of the data's files, as they are on the disk.
func WriteTruth(ctx context.Context, path, key string, dst *TruthFile) (err error) {
	if dst.Form != truth.Files {
		return fmt.Errorf("sink: WriteTruth: a key of the form %v cannot say where records lie in a directory", dst.Form)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("sink: WriteTruth: %w", err)
			End(context.WithoutCancel(ctx), dst, err)
		}
	}()
	m, err := parts.ReadManifest(path)
	if err != nil {
		return err
	}
	if dst.Name == nil {
		dst.Name = func(int) string { return "" } // the rows have the names
	}
	if err := dst.Open(ctx, &Session{Shards: len(m.Shards)}); err != nil {
		return err
	}
	totals := truth.Totals{Records: m.Totals.Records, Lost: m.Totals.Lost, Bytes: m.Totals.Values}
	dst.files = map[string]string{}
	for i := range m.Shards {
		h := &m.Shards[i]
		for _, f := range h.Files {
			dst.files[f.Path] = f.SHA256
		}
		if _, err := dst.Shard(h.Shard); err != nil {
			return err
		}
		for _, f := range h.Beside {
			rows, err := os.ReadFile(filepath.Join(key, filepath.FromSlash(f.Path)))
			if err != nil {
				return err
			}
			if sum := sha256.Sum256(rows); hex.EncodeToString(sum[:]) != f.SHA256 {
				return fmt.Errorf("%s is not as it was written: its SHA-256 is another one than in the manifest of %s", filepath.Join(key, f.Path), path)
			}
			told, err := dst.Copy(ctx, h.Shard, bytes.NewReader(rows))
			if err != nil {
				return err
			}
			totals.Records -= told.Records
			totals.Lost -= told.Lost
		}
	}
	// The records without a row are known by their number.
	dst.Manifest.Totals = totals
	return dst.Close(ctx)
}
