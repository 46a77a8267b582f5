package analysis_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/analysis"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// stream makes 4,000 orders of 50 customers, three of which are damaged.
func stream() (values analysis.Values) {
	names := []string{"Ana Ruiz", "Ben Cole", "Carla Díaz", "David Ott", "Eve Park"}
	products := []string{"Mug", "Lamp", "Tea", "Soap", "Rice", "Corn", "Milk"}
	start := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	for i := range 4000 {
		customer, product := i*7%50, i*11%len(products)
		o := order.Order{
			ID: uint64(i + 1), CustomerID: uint64(customer + 1), CustomerName: names[customer%5], TxnID: uint64(9000 + i),
			ProductID: uint64(product + 1), ProductName: products[product], Category: []string{"Home", "Groceries"}[min(1, product/2)],
			Payment: order.Payments[i%4], Qty: 1 + i%3, Price: int64(199 + 100*product), Time: start.Add(time.Duration(i) * 5 * time.Minute),
			Country: "Spain", City: []string{"Madrid", "Vigo"}[customer%2], Site: "shop.example", Success: true,
		}
		values = append(values, order.Pipe{}.Append(nil, &o, nil))
	}
	values[999] = bytes.Replace(values[999], []byte("|Spain|"), []byte("||"), 1)
	values[1999] = bytes.Replace(values[1999], []byte("2022-"), []byte("x#9!-"), 1)
	values[2999] = bytes.Replace(values[2999], []byte("|Madrid|"), []byte("|Vigo|"), 1)
	values[2999] = bytes.Replace(values[2999], []byte("|Groceries|"), []byte("|Home|"), 1)
	return values
}

// A whole analysis: read a stream twice, list what is damaged, and score it
// against an answer key.
func Example() {
	result, err := analysis.Analyse(stream(), analysis.Settings{Encoding: order.Pipe{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d records, %d valid, %d flagged\n", result.Overview.Records, result.Overview.Valid, result.Overview.Flagged)
	out := analysis.AppendFlagHeader(nil, truth.Lines)
	for i := range result.Flags {
		out = analysis.AppendFlag(out, truth.Lines, &result.Flags[i])
	}
	os.Stdout.Write(out)

	key := truth.NewReader(strings.NewReader(`line,seq,copy,strategy,op,field,start,end,by,was
1000,1000,0,blank,edited,country,,,,
2000,2000,0,garbage,edited,datetime,,,,
3000,3000,0,swap,edited,product_category,,,,
`))
	score, err := analysis.ScoreFlags(result.Overview.Records, result.Flags, key.Rows())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("recall %.2f, %.2f false alarms per 1,000\n", score.Records.Recall, score.Records.FalseAlarms)
	for _, f := range result.Findings {
		if f.Kind == analysis.Dependency && f.Data.Field == "price" {
			fmt.Println(f.Statement)
		}
	}
	// Output:
	// 4000 records, 3998 valid, 3 flagged
	// line,field,reason,score
	// 1000,country,empty,0.999
	// 2000,datetime,bad_shape,0.990
	// 3000,product_category,contradicts_dependent,0.990
	// recall 1.00, 0.00 false alarms per 1,000
	// product_id determines price, with exceptions in 0.00 % of the records.
}
