"""Makes a session of Spark with a Hive metastore of its own, in UTC."""

import tempfile

from pyspark.sql import SparkSession


def session():
    scratch = tempfile.mkdtemp()  # in the folder for such things that the caller has set
    spark = (SparkSession.builder.master("local[2]").appName("readers").enableHiveSupport()
             .config("spark.driver.memory", "1g")
             .config("spark.driver.extraJavaOptions", f"-Dderby.system.home={scratch}")
             .config("spark.sql.warehouse.dir", f"{scratch}/warehouse")
             .config("spark.local.dir", scratch)
             .config("spark.sql.session.timeZone", "UTC")
             .config("spark.sql.shuffle.partitions", "2")
             .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
             .config("spark.ui.enabled", "false").getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")
    return spark
