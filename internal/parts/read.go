package parts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ReadManifest returns the manifest of a directory that is complete.
func ReadManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, manifestName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not complete, as it has no %s; run the stream to its end", dir, manifestName)
	}
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := json.Unmarshal(text, m); err != nil || m.Format != format {
		return nil, fmt.Errorf("%s is not the manifest of a stream's directory", path)
	}
	return m, nil
}

// ReadShard returns what there is of a shard in a directory, and whether that is
// all of it. It is an error if all of it was there, and no longer is.
func ReadShard(dir string, shard int) (ShardInfo, bool, error) {
	s := Store{roots: []root{{dir: dir}}}
	info, done, err := s.Info(shard)
	if err == nil && done {
		err = s.present(&info)
	}
	return info, done, err
}
