output "ingest_queue_url" {
  description = "Where producers send audit events; the --queue-url of `vault-export ship`."
  value       = aws_cloudformation_stack.core.outputs["IngestQueueUrl"]
}

output "ingest_queue_arn" {
  description = "ARN of the ingest queue."
  value       = aws_cloudformation_stack.core.outputs["IngestQueueArn"]
}

output "ingest_dlq_url" {
  description = "Dead-letter queue of the ingest queue, for records that cannot be read; the reason is on each message."
  value       = aws_cloudformation_stack.core.outputs["IngestDlqUrl"]
}

output "routes_path" {
  description = "SSM path of the routes. Each names the queue, dead-letter queue and function of a destination."
  value       = aws_cloudformation_stack.core.outputs["RoutesPath"]
}

output "producer_policy_arn" {
  description = "Managed policy that a producer's role or user needs."
  value       = aws_cloudformation_stack.core.outputs["ProducerPolicyArn"]
}

output "dashboard_url" {
  description = "Dashboard of where events are, stage by stage."
  value       = aws_cloudformation_stack.core.outputs["DashboardUrl"]
}
