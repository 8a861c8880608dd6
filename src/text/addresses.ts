/** Beginnings of the paths that nobody wants to hear, and what may end a sentence after an address. */
const LINK = /\b(?:https?:\/\/|www\.)([^\s/?#<>"']+)[^\s<>"']*/giu;
const MAIL = /\b([\w.+-]+)@((?:[\w-]+\.)+[a-z]{2,})\b/giu;
const HOST = /\b((?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|info|local|uk|de|fr|eu|at|ch))\b/giu;
const END = /[.,;:!?)\]]+$/;

/** Addresses as people say them: `https://www.example.com/a?b` is "example dot com". English. */
export const spokenAddresses = (text: string): string =>
  text
    .replace(LINK, (whole, host: string) => {
      const end = END.exec(whole)?.[0] ?? '';
      return `${dotted(host.replace(END, '').replace(/^www\./i, ''))}${end}`;
    })
    .replace(MAIL, (_, name: string, host: string) => `${dotted(name)} at ${dotted(host)}`)
    .replace(HOST, (host: string) => dotted(host));

const dotted = (host: string): string => host.replace(/:\d+$/, '').replaceAll('.', ' dot ').replace(/[-_+]/g, ' ');
