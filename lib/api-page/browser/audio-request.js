/** Prepares a request for audio: any format, because the request body chooses it, and a file for curl's output. */
export function audioRequest(request) {
  if (!request.headers?.accept?.startsWith('audio/')) return request;
  request.headers.accept = 'audio/*';
  request.curlOptions = ['-o', `audio.${formatOf(request)}`];
  return request;
}

function formatOf({ url, body }) {
  const format = body === undefined ? new URL(url, location.href).searchParams.get('output_format') : bodyFormat(body);
  return /^\w+$/.test(format) ? format : 'bin';
}

function bodyFormat(body) {
  try {
    return JSON.parse(body).output_format;
  } catch {
    return undefined;
  }
}
