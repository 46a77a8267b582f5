// Package verdict writes what an analysis found, for the example programs:
// flagged.csv, findings.json, report.html and, with an answer key, score.json.
package verdict

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"

	"github.com/kafkanauts/kafkanauts/analysis"
	"github.com/kafkanauts/kafkanauts/analysis/report"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// Verdict is where to write and what to hold it against.
type Verdict struct {
	Dir   string
	Title string
	Form  truth.Form           // how flagged.csv names records
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
			line := analysis.AppendFlagHeader(nil, v.Form)
			for i := range r.Flags {
				if _, err := w.Write(line); err != nil {
					return err
				}
				line = analysis.AppendFlag(line[:0], v.Form, &r.Flags[i])
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
	score, err := analysis.ScoreFlags(r.Overview.Records, r.Flags, truth.NewReader(f).Rows())
	if err != nil {
		return nil, err
	}
	m, err := os.Open(truth.ManifestPath(v.Key))
	if errors.Is(err, os.ErrNotExist) {
		return score, nil // a key without its manifest declares no patterns
	}
	if err != nil {
		return nil, err
	}
	defer m.Close()
	manifest, err := truth.ReadManifest(m)
	if err != nil {
		return nil, err
	}
	score.Patterns = analysis.ScorePatterns(r.Findings, manifest.Patterns)
	return score, nil
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
