export const TypesPage = (_: { type: string | undefined }) => null;
