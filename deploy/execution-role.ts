import type { BucketActions } from './serverless.ts';

export type ExecutionRoleOptions = {
  /** The function's name on the platform. */
  readonly functionName: string;
  readonly bucketActions: BucketActions;
  /** Names on the platform of the functions that it may start. */
  readonly invokes: readonly string[];
  /** Names of the buckets that sources may be read from, in addition to the service's own. */
  readonly sourceBuckets: readonly string[];
  readonly isTraced: boolean;
  readonly isInVpc: boolean;
};

type Statement = {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly unknown[];
};

/**
 * Returns the CloudFormation role of one function: access to its own log, its actions on the buckets, and the functions
 * that it starts.
 */
export function executionRole(options: ExecutionRoleOptions): object {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
      Policies: [
        { PolicyName: 'function', PolicyDocument: { Version: '2012-10-17', Statement: statementsOf(options) } },
      ],
    },
  };
}

function statementsOf(options: ExecutionRoleOptions): Statement[] {
  const { functionName, bucketActions, invokes, sourceBuckets, isTraced, isInVpc } = options;
  const { uploads = [], results = [], sourceBuckets: sources = [] } = bucketActions;
  const statements: Statement[] = [
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logStreamsOf(functionName)]),
    allow(
      uploads.filter((action) => action !== LISTING),
      [UPLOADS],
    ),
    allow(
      uploads.filter((action) => action === LISTING),
      [UPLOADS_BUCKET],
    ),
    allow(results, [RESULTS]),
    allow(sources, sourceBuckets.map(objectsOf)),
    allow(['lambda:InvokeFunction'], invokes.map(functionArn)),
    // These two actions take no resource.
    allow(isTraced ? TRACING : [], ['*']),
    allow(isInVpc ? NETWORK_INTERFACES : [], ['*']),
  ];
  return statements.filter(({ Action, Resource }) => Action.length > 0 && Resource.length > 0);
}

function allow(Action: readonly string[], Resource: readonly unknown[]): Statement {
  return { Effect: 'Allow', Action, Resource };
}

/** The stack itself creates the log group. */
function logStreamsOf(functionName: string): object {
  const group = `log-group:/aws/lambda/${functionName}`;
  return { 'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:${group}:*` };
}

function functionArn(name: string): object {
  return { 'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${name}` };
}

/** Below it, `lib/storage/ownership.ts` decides who owns an object. */
const UPLOADS = { 'Fn::Sub': `\${UploadsBucket.Arn}/uploads/*` };

/** Below it, `lib/storage/results/result-key.ts` names the files of jobs. */
const RESULTS = { 'Fn::Sub': `\${UploadsBucket.Arn}/jobs/*` };

/** The one action on uploads whose resource is the bucket. */
const LISTING = 's3:ListBucket';
const UPLOADS_BUCKET = { 'Fn::GetAtt': ['UploadsBucket', 'Arn'] };

function objectsOf(bucket: string): object {
  return { 'Fn::Sub': `arn:\${AWS::Partition}:s3:::${bucket}/*` };
}

/** Source: the managed policy AWSXRayDaemonWriteAccess, reduced to the actions that the platform uses. */
const TRACING = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];

/** Source: the managed policy AWSLambdaVPCAccessExecutionRole. */
const NETWORK_INTERFACES = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
