# The core of vault-export, and a destination for each address that is set. docs/terraform.md tells how.

terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "stack_name" {
  description = "Name of the stack, at most 40 characters."
  type        = string
  default     = "vault-export"
}

variable "template_url" {
  description = "Address of the release's template.yaml, in a bucket of the region that is deployed to."
  type        = string
}

variable "tags" {
  description = "Tags of the stack and of what it makes."
  type        = map(string)
  default     = {}
}

resource "aws_cloudformation_stack" "core" {
  name         = var.stack_name
  template_url = var.template_url
  parameters   = local.parameters
  capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"] # roles for the functions; nested templates
  on_failure   = "DELETE"                                     # a first deployment that fails leaves nothing
  tags         = var.tags
}
