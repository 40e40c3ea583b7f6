/** A plugin of Swagger UI: leaves out the only server and the locks, which do not show what needs credentials. */
export const plainControls = ({ React }) => ({
  components: {
    ServersContainer: () => null,
    authorizeOperationBtn: () => null,
    UnlockAuthIcon: () => null,
    LockAuthIcon: () => React.createElement('span', { className: 'authorized' }, '(set)'),
  },
});
