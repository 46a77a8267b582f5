package parquet_test

import (
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// A data set appears as a whole when it is closed, and can be read back.
func Example() {
	top, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(top)
	dir := filepath.Join(top, "orders")

	d, err := parquet.New(parquet.Config{Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Abort() // after Close it does nothing
	for i, country := range []string{"Spain", "Côte d'Ivoire"} {
		o := order.Order{
			ID: uint64(i + 1), Country: country, ProductName: "Tacos", Payment: order.UPI, Qty: 2, Price: 1250,
			Success: true, Time: time.Date(2022, 1, 31, 12, 0, i, 0, time.UTC),
		}
		if err := d.Write(&o, order.Place{}); err != nil {
			log.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		log.Fatal(err)
	}

	fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			fmt.Println(path)
		}
		return err
	})
	for o, err := range parquet.Read(dir) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(o.ID, o.Country, o.ProductName)
	}
	// Output:
	// _SUCCESS
	// country=Côte d%27Ivoire/dt=2022-01-31/part-00000-orders.parquet
	// country=Spain/dt=2022-01-31/part-00000-orders.parquet
	// 2 Côte d'Ivoire Tacos
	// 1 Spain Tacos
}
