package registry

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/kafkanauts/kafkanauts/order/avro"
)

// Register makes sure that the schema of enc is registered under the subject, and
// returns enc with the number that the registry has for it.
//
// A version that is there already is used if its records read like those of enc, whatever it
// says in documentation or defaults, so that the same stream gets the same number again. Otherwise
// the schema becomes the subject's next version. If the registry refuses that, because it
// is not compatible with versions that are there, the error is an *IncompatibleError; with ReadOnly
// it is an *UnregisteredError. What is wrong with c is told at once, and what keeps the registry from
// answering is an *AccessError.
func (c Config) Register(ctx context.Context, enc avro.Encoding) (avro.Encoding, error) {
	cl, err := c.client()
	if err != nil {
		return enc, err
	}
	ours := sr.Schema{Schema: enc.Schema(), Type: sr.TypeAvro}
	found, err := cl.find(ctx, ours.Schema)
	var none *UnregisteredError
	switch {
	case err == nil:
		return numbered(cl, enc, found.ID)
	case !errors.As(err, &none) || c.ReadOnly:
		return enc, err
	}
	id, err := cl.RegisterSchema(ctx, cl.subject, ours, -1, -1)
	var answer *sr.ResponseError
	if errors.As(err, &answer) && answer.StatusCode == http.StatusConflict {
		return enc, cl.refused(ctx, ours, words(answer), none)
	}
	if err != nil {
		return enc, cl.failed(ctx, err)
	}
	return numbered(cl, enc, id)
}

// numbered returns enc with a number of the registry's.
func numbered(cl *client, enc avro.Encoding, id int) (avro.Encoding, error) {
	if id < 1 || id > math.MaxInt32 {
		return enc, &AccessError{URL: cl.url, Err: fmt.Errorf("it numbers the schema %d, which no frame can hold", id)}
	}
	enc.SchemaID = uint32(id)
	return enc, nil
}

// UnregisteredError says that no version of the subject is what the records are
// written in.
type UnregisteredError struct {
	URL         string
	Subject     string
	Version     int      // the latest; 0: the subject has none
	Differences []string // from that, field by field
}

// Error names the subject, in what its latest version differs, and what to do.
func (e *UnregisteredError) Error() string {
	if e.Version == 0 {
		return fmt.Sprintf("registry: %s: nothing is registered under subject %s; have who may write to the registry register the schema, or check the subject's name", e.URL, e.Subject)
	}
	return fmt.Sprintf("registry: %s: no version of subject %s is the schema of these records; of version %d, the latest, %s; have who may write to the registry register the schema, or name another topic or subject",
		e.URL, e.Subject, e.Version, strings.Join(e.Differences, "; "))
}

// find returns the latest version of the subject that reads like ours, or an
// *UnregisteredError.
func (c *client) find(ctx context.Context, schema string) (sr.SubjectSchema, error) {
	none := &UnregisteredError{URL: c.url, Subject: c.subject}
	ours, err := parse(schema)
	if err != nil {
		return sr.SubjectSchema{}, fmt.Errorf("registry: the schema of the records: %w", err)
	}
	versions, err := c.SubjectVersions(ctx, c.subject)
	if missing(err) {
		return sr.SubjectSchema{}, none
	}
	if err != nil {
		return sr.SubjectSchema{}, c.failed(ctx, err)
	}
	slices.Sort(versions)
	for _, v := range slices.Backward(versions) {
		theirs, err := c.SchemaByVersion(ctx, c.subject, v)
		if missing(err) {
			continue // somebody has just deleted it
		}
		if err != nil {
			return sr.SubjectSchema{}, c.failed(ctx, err)
		}
		differences := differ(ours, theirs.Schema)
		if len(differences) == 0 {
			return theirs, nil
		}
		if none.Version == 0 {
			none.Version, none.Differences = v, differences
		}
	}
	return sr.SubjectSchema{}, none
}

// differ says in what a registered schema differs from ours.
func differ(ours *record, s sr.Schema) []string {
	if s.Type != sr.TypeAvro {
		return []string{fmt.Sprintf("the schema is one of %v, not of Avro", s.Type)}
	}
	theirs, err := parse(s.Schema)
	if err != nil {
		return []string{err.Error()}
	}
	return compare(ours, theirs)
}
