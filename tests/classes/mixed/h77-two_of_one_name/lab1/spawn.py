print('another')
