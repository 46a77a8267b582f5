package sink

import (
	"fmt"

	"github.com/kafkanauts/kafkanauts/internal/parts"
)

// ShardFiles is what lies in a directory of one shard.
type ShardFiles struct {
	Shard   int        `json:"shard"`
	Records int64      `json:"records"`
	Lost    int64      `json:"lost"`  // not delivered by themselves
	Bytes   int64      `json:"bytes"` // of the values, without line ends
	Files   []FileInfo `json:"files"` // in the order in which they were filled
}

// FileInfo is a file as it lies on the disk.
type FileInfo struct {
	Path    string `json:"path"` // below the directory, with slashes
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"` // in hexadecimal digits
}

// ReadShardFiles returns what a directory has of a shard: one that Files has
// filled, with a Stream, or another sink with such directories. It is an error if the shard is not
// complete, whether other shards are or not.
func ReadShardFiles(path string, shard int) (*ShardFiles, error) {
	info, done, err := parts.ReadShard(path, shard)
	if err == nil && !done {
		err = fmt.Errorf("it is not complete: %d records of it are there; run the stream to its end", info.Totals.Records)
	}
	if err != nil {
		return nil, fmt.Errorf("sink: %s: shard %d: %w", path, shard, err)
	}
	s := &ShardFiles{Shard: shard, Records: info.Totals.Records, Lost: info.Totals.Lost, Bytes: info.Totals.Values, Files: []FileInfo{}}
	for _, f := range info.Files {
		s.Files = append(s.Files, FileInfo(f))
	}
	return s, nil
}
