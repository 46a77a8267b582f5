package kafkanauts_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/kafkanauts/kafkanauts"

// listed is what go list says of a package.
type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
}

func list(t *testing.T, patterns ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps,Standard"}, patterns...)...)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestImports holds the picture of the packages: who may import whom.
func TestImports(t *testing.T) {
	may := map[string][]string{
		"order":               {},
		"order/avro":          {"order", "order/schema"},
		"order/schema":        {"order"},
		"order/truth":         {"order"},
		"demand":              {"internal/keyed", "internal/dmath", "internal/alias"},
		"product":             {"order", "order/truth", "internal/keyed", "internal/dmath", "internal/alias"},
		"corrupt":             {"order", "internal/keyed", "internal/dmath", "internal/alias"},
		"sink":                {"order", "order/truth", "internal/durable", "internal/parts"},
		"sink/avro":           {"order", "order/avro", "order/schema", "sink"},
		"sink/compress":       {"sink"},
		"sink/kafka":          {"order", "order/truth", "sink", "internal/network"},
		"sink/kafka/registry": {"order", "order/avro", "sink/kafka", "internal/network"},
		"sink/parquet":        {"order", "order/truth", "sink", "internal/durable", "internal/parts"},
		"sink/prometheus":     {"sink"},
		"analysis":            {"order", "order/truth", "analysis/correlate", "analysis/report", "internal/keyed", "internal/dmath"},
		"analysis/correlate":  {},
		"analysis/report":     {},
		"internal/keyed":      {"internal/dmath"},
		"internal/dmath":      {},
		"internal/alias":      {"internal/keyed"},
		"internal/durable":    {},
		"internal/network":    {},
		"internal/parts":      {"internal/durable"},
		"":                    {"demand", "product", "corrupt", "order", "sink", "internal/keyed"},
	}
	for _, p := range list(t, "./...") {
		path := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if strings.HasPrefix(path, "examples") || strings.HasPrefix(path, "internal/bench") || strings.HasPrefix(path, "internal/chaos") || strings.Contains(path, "test") {
			continue // may import anything
		}
		allowed, known := may[path]
		if !known && !strings.HasPrefix(path, "internal/") {
			t.Errorf("%s is not in the picture", path)
			continue
		}
		for _, i := range p.Imports {
			i, ours := strings.CutPrefix(i, module)
			i = strings.TrimPrefix(i, "/")
			if ours && !slices.Contains(allowed, i) {
				t.Errorf("%q imports %s", path, i)
			}
		}
		for _, d := range p.Deps { // a library is linked with what is named after it alone
			if path != "sink/prometheus" && strings.HasPrefix(d, "github.com/prometheus/") {
				t.Errorf("%q links %s", path, d)
			}
		}
	}
}

// TestLightPackages holds what importing the makers of streams links: no client
// of Kafka, no Parquet, no plots; order and sink need nothing but Go.
func TestLightPackages(t *testing.T) {
	for _, c := range []struct {
		path   string
		others []string // modules beside this one and the standard library
	}{
		{"", []string{"github.com/brianvoe/gofakeit"}},
		{"demand", nil},
		{"product", []string{"github.com/brianvoe/gofakeit"}},
		{"order", nil},
		{"order/truth", nil},
		{"order/schema", nil},
		{"order/avro", nil},
		{"corrupt", nil},
		{"sink", nil},
	} {
		p := list(t, "./"+c.path)
		std := map[string]bool{}
		for _, s := range list(t, "-deps", "./"+c.path) {
			std[s.ImportPath] = s.Standard
		}
		for _, dep := range p[0].Deps {
			if std[dep] || strings.HasPrefix(dep, module) {
				continue
			}
			if !slices.ContainsFunc(c.others, func(o string) bool { return strings.HasPrefix(dep, o) }) {
				t.Errorf("%q links %s", c.path, dep)
			}
		}
	}
}
