// Benthos writes so many orders of the sixteen fields through Benthos's generate
// input, the engine of Redpanda Connect, and a Bloblang mapping that picks texts
// from lists: the core has no fakers.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/redpanda-data/benthos/v4/public/service"

	_ "github.com/redpanda-data/benthos/v4/public/components/io"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
)

const pipeline = `
logger: {level: "OFF"}
input:
  generate:
    count: %s
    interval: ""
    batch_size: 512
    mapping: |
      let failed = random_int(min: 1, max: 100) <= 5
      root = [
        random_int(max: 4294967295),
        random_int(min: 1, max: 200000),
        "%%s %%s".format(["James","Mary","Robert","Patricia","John","Jennifer","Michael","Linda"].index(random_int(max: 7)), ["Smith","Johnson","Williams","Brown","Jones","Garcia","Miller","Davis"].index(random_int(max: 7))),
        random_int(min: 1, max: 5000),
        ["Wireless Mouse","Tacos al Pastor","Premium Fuel","Guitar Strings","Pain Relief Tablets"].index(random_int(max: 4)),
        ["E-Commerce","Gas","Groceries","Medicine","Music"].index(random_int(max: 4)),
        ["Card","Internet Banking","UPI","Wallet"].index(random_int(max: 3)),
        random_int(min: 1, max: 10),
        "%%.2f".format(random_int(min: 100, max: 50000) / 100),
        (1643587200 + random_int(max: 1209599)).ts_format("2006-01-02T15:04:05", "UTC"),
        ["United States","Mexico","China","Spain"].index(random_int(max: 3)),
        ["Boston","Puebla","Wuhan","Girona"].index(random_int(max: 3)),
        ["shop.example","mart.example","store.example"].index(random_int(max: 2)),
        random_int(max: 9223372036854775806),
        if $failed { "N" } else { "Y" },
        if $failed { ["Insufficient Funds","Card Expired","Network Error","Invalid CVV"].index(random_int(max: 3)) } else { "" }
      ].map_each(v -> v.string()).join("|")
output:
  stdout: {codec: lines}
`

func main() {
	b := service.NewStreamBuilder()
	if err := b.SetYAML(fmt.Sprintf(pipeline, os.Args[1])); err != nil {
		log.Fatal(err)
	}
	s, err := b.Build()
	if err != nil {
		log.Fatal(err)
	}
	if err := s.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
