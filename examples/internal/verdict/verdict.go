// Package verdict writes what an analysis found, for the example programs:
// flagged.csv, findings.json, report.html and, with an answer key, score.json.
package verdict

import (
	"bufio"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/kafkanauts/kafkanauts/analysis"
	"github.com/kafkanauts/kafkanauts/analysis/report"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// Verdict is where to write and what to hold it against.
type Verdict struct {
	Dir   string
	Title string
	Form  truth.Form           // how flagged.csv names records
	Files []string             // of the form truth.Files: the names, by the partition of a record's place
	Key   string               // an answer key; "": none
	Amend func(p *report.Page) // changes the page before it is written; may be nil
}

// Write writes all files and returns the score, nil without a key.
func (v *Verdict) Write(r *analysis.Result) (*analysis.Score, error) {
	if err := os.MkdirAll(v.Dir, 0o777); err != nil {
		return nil, err
	}
	var score *analysis.Score
	if v.Key != "" {
		var err error
		if score, err = v.score(r); err != nil {
			return nil, err
		}
		if err := v.file("score.json", func(w *bufio.Writer) error { return analysis.WriteScore(w, score) }); err != nil {
			return nil, err
		}
	}
	page := r.Page(v.Title, score)
	if v.Amend != nil {
		v.Amend(page)
	}
	return score, errors.Join(
		v.file("flagged.csv", func(w *bufio.Writer) error {
			var line []byte
			if v.Form == truth.Files {
				line = append(line, "file,"...)
			}
			line = analysis.AppendFlagHeader(line, v.Form)
			for i := range r.Flags {
				if _, err := w.Write(line); err != nil {
					return err
				}
				line = line[:0]
				if v.Form == truth.Files {
					line = append(append(line, v.Files[r.Flags[i].Place.Partition]...), ',')
				}
				line = analysis.AppendFlag(line, v.Form, &r.Flags[i])
			}
			_, err := w.Write(line)
			return err
		}),
		v.file("findings.json", func(w *bufio.Writer) error { return analysis.WriteFindings(w, &r.Overview, r.Findings) }),
		v.file("report.html", func(w *bufio.Writer) error { _, err := page.WriteTo(w); return err }),
	)
}

func (v *Verdict) score(r *analysis.Result) (*analysis.Score, error) {
	f, err := os.Open(v.Key)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	reader := truth.NewReader(f)
	form, err := reader.Form()
	if err != nil {
		return nil, err
	}
	if form != v.Form {
		return nil, fmt.Errorf("%s is no key of this stream: it names records by %v, and they are read by %v", v.Key, form, v.Form)
	}
	manifest, err := v.manifest()
	if err != nil {
		return nil, err
	}
	if manifest != nil && manifest.Totals.Records != r.Overview.Records {
		return nil, fmt.Errorf("%s is no key of this stream: it is one of %d records, and %d were read", v.Key, manifest.Totals.Records, r.Overview.Records)
	}
	score, err := analysis.ScoreFlags(r.Overview.Records, r.Flags, v.placed(reader.Rows()))
	if err == nil && manifest != nil {
		score.Patterns = analysis.ScorePatterns(r.Findings, manifest.Patterns)
	}
	return score, err
}

// placed gives the rows of a key of files the partitions of these.
func (v *Verdict) placed(rows iter.Seq2[truth.Row, error]) iter.Seq2[truth.Row, error] {
	if v.Form != truth.Files {
		return rows
	}
	return func(yield func(truth.Row, error) bool) {
		for r, err := range rows {
			if err == nil && !r.Lost {
				i := slices.Index(v.Files, r.File)
				if i < 0 {
					err = fmt.Errorf("%s names the file %s, which is not among those read", v.Key, r.File)
				}
				r.At.Partition = int32(i)
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// manifest returns what lies beside the key, or nil if nothing does: such a key
// declares no patterns.
func (v *Verdict) manifest() (*truth.Manifest, error) {
	f, err := os.Open(truth.ManifestPath(v.Key))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return truth.ReadManifest(f)
}

// file writes a file aside and puts it in place when it is complete.
func (v *Verdict) file(name string, write func(w *bufio.Writer) error) error {
	path := filepath.Join(v.Dir, name)
	f, err := os.CreateTemp(v.Dir, "."+name+".*")
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	if err := errors.Join(write(w), w.Flush(), f.Chmod(0o644), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}
