package kafkatest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The registry gives schemas numbers, and refuses one that goes against the
// level of a subject.
func TestRegistryEnforces(t *testing.T) {
	r := Registry(t)
	topic := r.Topic(t)
	if other := r.Topic(t); other == topic {
		t.Errorf("two topics named %s", topic)
	}
	ask := func(method, path, body string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, r.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		said, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(said)
	}
	schema := func(of string) string {
		return fmt.Sprintf(`{"schema":"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"%s\"}]}"}`, of)
	}
	versions := "/subjects/" + topic + "-value/versions"
	if status, said := ask("POST", versions, schema("long")); status != 200 {
		t.Fatalf("%d %s", status, said)
	}
	if status, said := ask("PUT", "/config/"+topic+"-value", `{"compatibility":"BACKWARD"}`); status != 200 {
		t.Fatalf("%d %s", status, said)
	}
	if status, said := ask("POST", versions, schema("boolean")); status != http.StatusConflict {
		t.Errorf("%d %s", status, said)
	}
}
