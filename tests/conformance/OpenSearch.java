import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One OpenSearch node on loopback, until it is ended. Arguments: folder, HTTP port, cluster name. */
public class OpenSearch {
    public static void main(String[] arguments) throws Exception {
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            settings.put("http.port", arguments[1]);
            settings.putList("node.roles", "cluster_manager", "data", "ingest");
            settings.put("http.max_content_length", "256kb");
        });
        runner.build(new String[] {"-basePath", arguments[0], "-numOfNode", "1", "-clusterName", arguments[2]});
        Thread.currentThread().join();
    }
}
