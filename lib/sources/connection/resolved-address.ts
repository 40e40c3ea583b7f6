export type ResolvedAddress = { readonly address: string; readonly family: 4 | 6 };
