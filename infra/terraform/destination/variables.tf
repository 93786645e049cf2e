# Made from infra/destination.yaml by `make terraform`; do not edit.

variable "core" {
  description = "Stack name of the core (template.yaml) whose router sends to this destination. Cannot change."
  type        = string
}

variable "name" {
  description = "Name of this destination, unique under its core. Call the stack <Core>-<Name>: the router may send only to queues whose names begin with <Core>-. Cannot change."
  type        = string
}

variable "type" {
  description = "What is delivered to. Cannot change."
  type        = string

  validation {
    condition     = contains(["splunk_hec", "datadog", "elastic", "s3", "security_lake", "webhook", "otlp", "syslog"], var.type)
    error_message = "type must be one of: splunk_hec, datadog, elastic, s3, security_lake, webhook, otlp, syslog."
  }
}

variable "address" {
  description = "Endpoint (splunk_hec, elastic, otlp, syslog), site (datadog), bucket (s3, security_lake) or URL (webhook, unless its secret holds the URL)."
  type        = string
  default     = null
}

variable "secret_arn" {
  description = "Secrets Manager secret with the credential; empty for none."
  type        = string
  default     = null
}

variable "settings" {
  description = "Settings of this type as TOML, with the keys of [export.adapters.config]: lines, or index = \"security\", ack = true."
  type        = string
  default     = null
}

variable "filter" {
  description = "Which events are delivered, as TOML, with the keys of [export.adapters.filter]; empty for all events."
  type        = string
  default     = null
}

variable "flush_interval_seconds" {
  description = "Seconds that events are gathered: 0 to 300; 300 to 86400 for security_lake, as listed in its rule. Empty for the type's own."
  type        = string
  default     = null
}

variable "max_concurrency" {
  description = "Most copies of the function that deliver at the same time; security_lake always runs one. Default: 10."
  type        = number
  default     = null

  validation {
    condition     = var.max_concurrency == null ? true : var.max_concurrency >= 2 && var.max_concurrency <= 1000
    error_message = "max_concurrency must be from 2 to 1000."
  }
}

variable "enabled" {
  description = "false pauses delivery. Events wait in the queue, for at most 7 days. Default: true."
  type        = bool
  default     = null
}

variable "role_arn" {
  description = "Role that is assumed to write (s3, security_lake); empty for the function's own."
  type        = string
  default     = null
}

variable "external_id" {
  description = "External id for RoleArn."
  type        = string
  default     = null
}

variable "resource_arn" {
  description = "What the function's own role may write to: a domain or collection (elastic with aws_auth), or the objects below a prefix (s3). Empty: the whole bucket for s3, ext/ for security_lake."
  type        = string
  default     = null
}

variable "object_kms_key_arn" {
  description = "KMS key of the objects (s3); empty for the bucket's default."
  type        = string
  default     = null
}

variable "secrets_kms_key_arn" {
  description = "KMS key of the secret, where it is a key of your own."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "KMS key of the queues, the log group and the function's environment; empty for keys that AWS manages."
  type        = string
  default     = null
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of every role; empty for none."
  type        = string
  default     = null
}

variable "vpc_subnet_ids" {
  description = "Subnets that the function runs in, separated by commas; empty for no VPC."
  type        = list(string)
  default     = null
}

variable "vpc_security_group_ids" {
  description = "Security groups of the function, separated by commas; required with VpcSubnetIds."
  type        = list(string)
  default     = null
}

variable "alarm_topic_arn" {
  description = "SNS topic that the alarms notify; empty for alarms without notification."
  type        = string
  default     = null
}

variable "alarm_delay_seconds" {
  description = "Seconds that an event may wait or arrive late before an alarm fires. For security_lake use 7200 or more. Default: 900."
  type        = number
  default     = null

  validation {
    condition     = var.alarm_delay_seconds == null ? true : var.alarm_delay_seconds >= 60 && var.alarm_delay_seconds <= 172800
    error_message = "alarm_delay_seconds must be from 60 to 172800."
  }
}

variable "max_receive_count" {
  description = "Receives after which SQS moves a message to the dead-letter queue. 250 last 60 h of an outage; 24 h need at least 131. Default: 250."
  type        = number
  default     = null

  validation {
    condition     = var.max_receive_count == null ? true : var.max_receive_count >= 10 && var.max_receive_count <= 600
    error_message = "max_receive_count must be from 10 to 600."
  }
}

variable "log_level" {
  description = "How much the function logs. Default: info."
  type        = string
  default     = null

  validation {
    condition     = var.log_level == null ? true : contains(["error", "warn", "info", "debug", "trace"], var.log_level)
    error_message = "log_level must be one of: error, warn, info, debug, trace."
  }
}

variable "log_retention_days" {
  description = "Days that the log is kept. Default: 30."
  type        = number
  default     = null

  validation {
    condition     = var.log_retention_days == null ? true : contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "architecture" {
  description = "Processor of the function; the one that `sam build` built for. Default: arm64."
  type        = string
  default     = null

  validation {
    condition     = var.architecture == null ? true : contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be one of: arm64, x86_64."
  }
}

variable "memory_megabytes" {
  description = "Memory of the function; Lambda gives processor time in proportion. For security_lake use 512 or more. Default: 256."
  type        = number
  default     = null

  validation {
    condition     = var.memory_megabytes == null ? true : var.memory_megabytes >= 128 && var.memory_megabytes <= 3008
    error_message = "memory_megabytes must be from 128 to 3008."
  }
}

variable "tracing" {
  description = "Traces invocations with AWS X-Ray. Default: false."
  type        = bool
  default     = null
}

variable "check_on_deploy" {
  description = "What a deployment checks before events flow: the settings and the secret, also the connection, or nothing. Default: settings."
  type        = string
  default     = null

  validation {
    condition     = var.check_on_deploy == null ? true : contains(["settings", "connection", "off"], var.check_on_deploy)
    error_message = "check_on_deploy must be one of: settings, connection, off."
  }
}

variable "nested" {
  description = "Set to true by template.yaml, which then makes the check and the route itself. Leave it at false. Default: false."
  type        = bool
  default     = null
}
