/** A plugin of Swagger UI: plays the audio of a response that has arrived, whatever its method; nothing is sent again. */
export const audioResponse = ({ React }) => {
  const { createElement: element, useEffect, useRef, useState } = React;

  function AudioResponse({ blob, contentType }) {
    const url = useObjectUrl(blob);
    const [isPlayable, setPlayable] = useState(true);
    if (url === undefined) return null;
    const type = contentType.split(';')[0];
    const canPlay = isPlayable && document.createElement('audio').canPlayType(type) !== '';
    return element(
      'div',
      { className: 'audio-response' },
      canPlay
        ? element('audio', {
            controls: true,
            src: url,
            'aria-label': 'The audio of the response',
            onError: () => setPlayable(false),
          })
        : element('p', null, 'The browser does not play this format.'),
      element('a', { href: url, download: `audio.${EXTENSIONS[type] ?? 'bin'}` }, 'Download'),
      element('p', null, `${type}, ${blob.size.toLocaleString('en')} bytes`),
    );
  }

  function useObjectUrl(blob) {
    const [url, setUrl] = useState();
    useEffect(() => {
      const made = URL.createObjectURL(blob);
      setUrl(made);
      return () => URL.revokeObjectURL(made);
    }, [blob]);
    return url;
  }

  /** Scrolls to a response when it arrives. */
  function InView({ response, children }) {
    const box = useRef(null);
    useEffect(() => {
      const heading = box.current.querySelector('.live-responses-table').previousElementSibling;
      const behavior = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
      heading.scrollIntoView({ behavior });
    }, [response.get('text'), response.get('duration')]);
    return element('div', { ref: box }, children);
  }

  return {
    wrapComponents: {
      liveResponse: (Original) => (props) => element(InView, { response: props.response }, element(Original, props)),
      responseBody: (Original) => (props) => {
        const { content, contentType = '' } = props;
        return content instanceof Blob && contentType.startsWith('audio/')
          ? element(AudioResponse, { blob: content, contentType })
          : element(Original, props);
      },
    },
  };
};

const EXTENSIONS = { 'audio/ogg': 'opus', 'audio/aac': 'aac', 'audio/pcm': 'pcm' };
