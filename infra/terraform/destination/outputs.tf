output "function_arn" {
  description = "ARN of the function, which is also the ServiceToken of its check."
  value       = aws_cloudformation_stack.destination.outputs["FunctionArn"]
}

output "function_name" {
  description = "Name of the function."
  value       = aws_cloudformation_stack.destination.outputs["FunctionName"]
}

output "queue_url" {
  description = "Queue of events on their way to this destination."
  value       = aws_cloudformation_stack.destination.outputs["QueueUrl"]
}

output "queue_arn" {
  description = "ARN of the queue."
  value       = aws_cloudformation_stack.destination.outputs["QueueArn"]
}

output "dlq_url" {
  description = "Dead-letter queue, for events that were not delivered; the reason is on each message."
  value       = aws_cloudformation_stack.destination.outputs["DlqUrl"]
}

output "dlq_arn" {
  description = "ARN of the dead-letter queue."
  value       = aws_cloudformation_stack.destination.outputs["DlqArn"]
}

output "log_group_name" {
  description = "Log group of the function."
  value       = aws_cloudformation_stack.destination.outputs["LogGroupName"]
}
