package registry

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/sr"
)

// IncompatibleError says that the registry refuses a schema under a subject,
// because of the versions that it has there. No record was written.
type IncompatibleError struct {
	URL         string
	Subject     string
	Level       string   // of compatibility, as the registry calls it: "BACKWARD"; "": it does not tell
	Global      bool     // the level is the registry's, not the subject's own
	Version     int      // the latest that the schema clashes with; 0: it is not known
	Reason      string   // the registry's words
	Differences []string // of that version from the schema, field by field
}

// Error names the subject, the level, the version, the registry's words and what
// to do.
func (e *IncompatibleError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "registry: %s: subject %s refuses the schema of these records", e.URL, e.Subject)
	if e.Version > 0 {
		fmt.Fprintf(&s, ", which is not compatible with version %d", e.Version)
	}
	whose := "the subject's own level"
	if e.Global {
		whose = "the registry's level"
	}
	if e.Level != "" {
		fmt.Fprintf(&s, " (%s is %s)", whose, e.Level)
	}
	if e.Reason != "" {
		fmt.Fprintf(&s, ": %q", e.Reason)
	}
	if len(e.Differences) > 0 {
		fmt.Fprintf(&s, "; of version %d, %s", e.Version, strings.Join(e.Differences, "; "))
	}
	fmt.Fprintf(&s, "; no record was written: name another topic, or, if no reader needs the old records, have the level of the subject set to NONE or the subject deleted")
	return s.String()
}

// refused finds out what a schema clashes with. What cannot be found out, the
// error does not tell.
func (c *client) refused(ctx context.Context, ours sr.Schema, reason string, latest *UnregisteredError) error {
	e := &IncompatibleError{URL: c.url, Subject: c.subject, Reason: reason, Version: latest.Version, Differences: latest.Differences}
	e.Level, e.Global = c.level(ctx)
	if !strings.HasSuffix(e.Level, "_TRANSITIVE") {
		return e // compatible with the latest is enough
	}
	versions, err := c.SubjectVersions(ctx, c.subject)
	if err != nil {
		return e
	}
	slices.Sort(versions)
	for _, v := range slices.Backward(versions) {
		var answer struct {
			Is bool `json:"is_compatible"`
		}
		path := fmt.Sprintf("/compatibility/subjects/%s/versions/%d", url.PathEscape(c.subject), v)
		if err := c.Do(ctx, http.MethodPost, path, ours, &answer); err != nil {
			return e
		}
		if answer.Is {
			continue
		}
		if v != e.Version {
			e.Version, e.Differences = v, nil
			theirs, err := c.SchemaByVersion(ctx, c.subject, v)
			mine, wrong := parse(ours.Schema)
			if err == nil && wrong == nil {
				e.Differences = differ(mine, theirs.Schema)
			}
		}
		return e
	}
	return e
}

// level returns the level of compatibility that the subject stands under, and
// whether it is the registry's. Apicurio says NONE of a subject that has none of its own.
func (c *client) level(ctx context.Context) (level string, global bool) {
	for _, r := range c.Compatibility(ctx, c.subject) {
		if r.Err == nil && r.Level != sr.CompatNone {
			return r.Level.String(), false
		}
	}
	for _, r := range c.Compatibility(ctx) {
		if r.Err == nil {
			return r.Level.String(), true
		}
	}
	return "", false
}
