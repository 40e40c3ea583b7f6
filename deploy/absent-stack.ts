import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A substitute for CloudFormation; `await using` closes it. */
export type AbsentStack = AsyncDisposable & { readonly url: string };

/**
 * Starts a local server that reports no stack. With layers, the framework requests the last deployment even for
 * packaging only, which does not need it.
 */
export async function startAbsentStack(): Promise<AbsentStack> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(400, { 'content-type': 'text/xml' }).end(ANSWER);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Source: the API reference of CloudFormation; the response of DescribeStacks for a stack that does not exist. */
const ANSWER = `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
  <Error>
    <Type>Sender</Type>
    <Code>ValidationError</Code>
    <Message>Stack with id ffmpeg-functions does not exist</Message>
  </Error>
  <RequestId>00000000-0000-0000-0000-000000000000</RequestId>
</ErrorResponse>`;
